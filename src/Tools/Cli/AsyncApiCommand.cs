using System.CommandLine;
using ChatApp.AsyncApi;
using ChatApp.LocalStack.Launch;

namespace ChatApp.Cli;

/// <summary><c>chat asyncapi</c>: writes the events' document from the contracts, unless they have changed in a way that would break somebody.</summary>
internal static class AsyncApiCommand
{
    public static Command Create(StackOptions options)
    {
        var check = new Option<bool>("--check") { Description = "Write nothing; end with 1 if the document is not as the contracts are." };
        var command = new Command("asyncapi", $"Write {AsyncApiDocument.Path} from the contracts of the events.") { check };
        command.SetAction(arguments => Run(Path.Combine(options.Repository, AsyncApiDocument.Path), arguments.GetValue(check)));
        return command;
    }

    private static int Run(string file, bool check)
    {
        var (now, old) = (AsyncApiDocument.Create(), File.Exists(file) ? File.ReadAllText(file) : null);
        var breaks = old is null ? [] : Compatibility.Breaks(Yaml.Read(old), now);
        foreach (var broken in breaks)
            Say.Error(broken);
        if (breaks.Count > 0)
        {
            Say.Error($"that would break who reads these events. Put it back, or publish a new version of the type beside the old one. {AsyncApiDocument.Path} was not written.");
            return 1;
        }

        var text = Yaml.Write(now);
        if (text == old)
            return 0;
        if (check)
        {
            Say.Error($"{AsyncApiDocument.Path} is not as the contracts are: write it with `./chat asyncapi`.");
            return 1;
        }

        File.WriteAllText(file, text);
        Say.Done($"{AsyncApiDocument.Path} is written.");
        return 0;
    }
}
