namespace ChatApp.LocalStack.Broker;

/// <summary>A file that its owner alone may read.</summary>
internal static class PrivateFile
{
    public static async Task WriteAsync(string path, string text)
    {
        // The mode counts for a new file only.
        File.Delete(path);
        await using var writer = new StreamWriter(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite
        });
        await writer.WriteAsync(text);
    }
}
