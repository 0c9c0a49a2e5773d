using System.Runtime.InteropServices;

namespace ChatApp.LocalStack;

/// <summary>Waits for Ctrl-C or SIGTERM, and leaves the end of the process to whoever waits.</summary>
internal static class StopSignal
{
    public static async Task WaitAsync(CancellationToken ct = default)
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var cancelled = ct.Register(() => stopped.TrySetResult());

        await stopped.Task;

        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stopped.TrySetResult();
        }
    }
}
