using System.Collections.Generic;
using System.Globalization;
using System.Text;

/// <summary>Just enough JSON for the conformance program: values stay as they are written. The lines come from a runner that
/// writes JSON, so what is not JSON is only kept from doing harm.</summary>
internal static class Json
{
    /// <summary>A member of an object as it is written; null if there is none, or it is null.</summary>
    internal static string Member(string json, string wanted)
    {
        if (json == null || json.Length == 0 || json[0] != '{')
        {
            return null;
        }
        foreach (KeyValuePair<string, string> member in Values(json))
        {
            if (member.Key == "\"" + wanted + "\"")
            {
                return member.Value == "null" ? null : member.Value;
            }
        }
        return null;
    }

    /// <summary>The values of a list, or the members of an object with their names as they are written.</summary>
    internal static IEnumerable<KeyValuePair<string, string>> Values(string json)
    {
        int at = 1;
        while (true)
        {
            at = Blank(json, at);
            if (at < json.Length && json[at] == ',')
            {
                at = Blank(json, at + 1);
            }
            if (at >= json.Length || json[at] == '}' || json[at] == ']')
            {
                yield break;
            }
            string name = null;
            if (json[0] == '{')
            {
                int behindName = Behind(json, at);
                name = json.Substring(at, behindName - at);
                at = Blank(json, Blank(json, behindName) + 1);
            }
            int behind = Behind(json, at);
            if (behind <= at)
            {
                yield break;
            }
            yield return new KeyValuePair<string, string>(name, json.Substring(at, behind - at));
            at = behind;
        }
    }

    /// <summary>What a text says; an empty one if it is none.</summary>
    internal static string Said(string text)
    {
        StringBuilder said = new StringBuilder();
        for (int at = 1; text != null && at < text.Length - 1; at++)
        {
            if (text[at] != '\\')
            {
                said.Append(text[at]);
                continue;
            }
            at++;
            int known = "bfnrt".IndexOf(text[at]);
            if (text[at] == 'u')
            {
                said.Append((char)int.Parse(text.Substring(at + 1, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                at += 4;
            }
            else
            {
                said.Append(known >= 0 ? "\b\f\n\r\t"[known] : text[at]);
            }
        }
        return said.ToString();
    }

    private static int Blank(string json, int at)
    {
        while (at < json.Length && " \t\r\n".IndexOf(json[at]) >= 0)
        {
            at++;
        }
        return at;
    }

    /// <summary>Behind the value that begins here.</summary>
    private static int Behind(string json, int at)
    {
        int depth = 0;
        do
        {
            if (at >= json.Length)
            {
                return json.Length;
            }
            char c = json[at];
            if (c == '"')
            {
                for (at++; at < json.Length && json[at] != '"'; at++)
                {
                    if (json[at] == '\\')
                    {
                        at++;
                    }
                }
                at++;
            }
            else if (c == '{' || c == '[')
            {
                depth++;
                at++;
            }
            else if (c == '}' || c == ']')
            {
                depth--;
                at++;
            }
            else if (depth <= 0)
            {
                while (at < json.Length && ",}] \t\r\n".IndexOf(json[at]) < 0)
                {
                    at++;
                }
            }
            else
            {
                at++;
            }
        }
        while (depth > 0);
        return at < json.Length ? at : json.Length;
    }
}
