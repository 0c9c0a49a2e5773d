using System.Text.Json;
using Spectre.Console;

namespace ChatApp.Cli;

/// <summary>How the command talks: progress while it works, one line for an error.</summary>
internal static class Say
{
    private static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Not cut into lines: it is read by programs too.</summary>
    public static void Error(string message) => Console.Error.WriteLine($"chat: {message}");

    public static void Done(string message) => AnsiConsole.MarkupLineInterpolated($"[green]✓[/] {message}");

    /// <summary>For programs: one document, by web names, in lines that a person can read too.</summary>
    public static void Json(object document) => Console.WriteLine(JsonSerializer.Serialize(document, Indented));

    public static void Line(string message) => Console.WriteLine(message);

    /// <summary>Shows what is going on: a spinner at a terminal, a line per step elsewhere.</summary>
    public static async Task<T> WhileAsync<T>(string title, Func<Action<string>, Task<T>> work)
    {
        if (!AnsiConsole.Profile.Capabilities.Interactive)
            return await work(Line);

        return await AnsiConsole.Status().StartAsync(
            Markup.Escape(title), status => work(step => status.Status(Markup.Escape(step))));
    }
}
