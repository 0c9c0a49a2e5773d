namespace ChatApp.LocalStack.Mongo;

/// <summary>Which MongoDB code each of the engine's own error numbers stands for, as far as clients tell them apart.</summary>
internal static class EngineCodes
{
    private const int Unknown = 8;

    // By number, from 0.
    private static readonly int[] Low =
    [
        1, 2, 5, 9, 14, 15, 20, 23, 26, 27, 28, 31, 34, 40, 43, 48, 52, 53, 54, 56, 57, 61, 66, 67, 68, 72, 73, 85, 86, 111, 115, 118,
        146, 159, 165, 166, 167, 181, 197, 224, 232, 241, 263, 276, 291, 361, 10065, 10334, 11000,
    ];

    private static readonly Dictionary<string, int> Other = new()
    {
        ["M003A"] = 17419,
        ["M007U"] = 40324,
        ["M0088"] = 40415,
        ["M00CO"] = 121,
        ["M00DO"] = 16,
        ["M00E8"] = 10107,
        ["M00EL"] = 143,
        ["M00ER"] = 13,
        ["M00EU"] = 6,
        ["M00EV"] = 18,
        ["M00EW"] = 24,
        ["M00EX"] = 50,
        ["M00EY"] = 59,
        ["M00F0"] = 91,
        ["M00F1"] = 112,
        ["M00F2"] = 117,
        ["M00F5"] = 225,
        ["M00F6"] = 251,
        ["M00F7"] = 256,
    };

    public static int CodeOf(string state)
    {
        if (Other.TryGetValue(state, out var code))
            return code;

        var number = 0;
        foreach (var digit in state.AsSpan(1))
            number = (number * 36) + (char.IsAsciiDigit(digit) ? digit - '0' : digit - 'A' + 10);

        return number >= 0 && number < Low.Length ? Low[number] : Unknown;
    }
}
