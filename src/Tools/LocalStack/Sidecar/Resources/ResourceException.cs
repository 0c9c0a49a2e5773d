namespace ChatApp.LocalStack.Sidecar.Resources;

/// <summary>A resource file says something that this sidecar cannot do; better no start than another behaviour than Dapr's.</summary>
internal sealed class ResourceException(string message, Exception? inner = null) : Exception(message, inner);
