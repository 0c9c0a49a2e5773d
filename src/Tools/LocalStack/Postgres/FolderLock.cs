namespace ChatApp.LocalStack.Postgres;

/// <summary>One launcher at a time: `up` and `test` may begin together and want the same files.</summary>
internal static class FolderLock
{
    public static async Task<FileStream> TakeAsync(string folder, CancellationToken ct)
    {
        for (; ; await Task.Delay(100, ct))
        {
            try
            {
                return new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                // The other one is at it.
            }
        }
    }
}
