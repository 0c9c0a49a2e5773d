using ChatApp.Database.Scratch;

namespace ChatApp.Database.Tests.Scratch;

public sealed class SqlScriptTests
{
    [Theory]
    [InlineData("SELECT 1; SELECT 2", "1:SELECT 1", "1:SELECT 2")]
    [InlineData("-- a;\n\nSELECT ';'\n;\n/* ; /* ; */ ; */ SELECT \";\";", "3:SELECT ';'", "5:SELECT \";\"")]
    [InlineData("SELECT $$;$$; SELECT $a$ $$;' $a$;", "1:SELECT $$;$$", "1:SELECT $a$ $$;' $a$")]
    [InlineData(@"SELECT E'\';'; SELECT 'it''s;'; SELECT '\'; SELECT 4", @"1:SELECT E'\';'", "1:SELECT 'it''s;'", @"1:SELECT '\'", "1:SELECT 4")]
    [InlineData("SELECT a -- why; not\n, b;\n\n;", "1:SELECT a -- why; not\n, b")]
    [InlineData("SELECT 1 WHERE x = $1; SELECT a$b$ FROM c", "1:SELECT 1 WHERE x = $1", "1:SELECT a$b$ FROM c")]
    [InlineData(" \n-- nothing")]
    public void A_script_is_split_where_the_server_would(string script, params string[] statements) =>
        Assert.Equal(statements, SqlScript.Split(script).Select(statement => $"{statement.Line}:{statement.Text}"));
}
