using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace ChatApp.AsyncApi;

/// <summary>What the sources say of a contract, from the file that the compiler writes beside the assembly.</summary>
internal static partial class Documentation
{
    public static string SummaryOf(Type type)
    {
        var file = System.IO.Path.ChangeExtension(type.Assembly.Location, ".xml");
        var summary = (File.Exists(file) ? XDocument.Load(file).Descendants("member") : [])
            .FirstOrDefault(member => member.Attribute("name")?.Value == $"T:{type.FullName}")?.Element("summary");
        return summary is null ? "" : Space().Replace(string.Concat(summary.Nodes().Select(Words)), " ").Trim();
    }

    private static string Words(XNode node) => node is XElement { IsEmpty: true } reference ? reference.FirstAttribute?.Value ?? "" : node is XElement element ? element.Value : node.ToString();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
