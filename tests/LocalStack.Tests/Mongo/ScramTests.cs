using ChatApp.LocalStack.Mongo.Users;

namespace ChatApp.LocalStack.Tests.Mongo;

public sealed class ScramTests
{
    private const string First = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
    private const string Final = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";

    [Fact]
    public void The_exchange_of_rfc_7677_is_said_word_for_word()
    {
        var exchange = Exchange();

        Assert.Equal("r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", exchange.Begin(First, Pencil));
        Assert.Equal("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", exchange.End(Final));
    }

    [Theory]
    [InlineData("p=dHzb", "p=eHzb")]
    [InlineData("p=dHzb", "p=dHz")]
    [InlineData("c=biws", "c=eSws")]
    [InlineData("$k0", "$k1")]
    [InlineData(",p=", ",x=1,p=")]
    public void A_last_message_that_is_another_proves_nothing(string text, string other)
    {
        var exchange = Exchange();
        exchange.Begin(First, Pencil);

        Assert.Null(exchange.End(Final.Replace(text, other, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("n=user,r=nonce")]
    [InlineData("p=tls-unique,,n=user,r=nonce")]
    [InlineData("n,a=other,n=user,r=nonce")]
    [InlineData("n,,n=,r=nonce")]
    [InlineData("n,,n=us=er,r=nonce")]
    [InlineData("n,,n=user,r=")]
    [InlineData("n,,n=user,r=no nce")]
    [InlineData("n,,m=extension,n=user,r=nonce")]
    public void A_first_message_that_is_not_understood_begins_nothing(string first) => Assert.Null(Exchange().Begin(first, Pencil));

    [Fact]
    public void A_name_may_have_what_separates_fields()
    {
        string? asked = null;

        Exchange().Begin("n,,n=a=2Cb=3Dc,r=nonce", name =>
        {
            asked = name;
            return Pencil(name);
        });

        Assert.Equal("a,b=c", asked);
    }

    [Fact]
    public void A_name_that_no_user_has_looks_like_one_and_always_the_same()
    {
        var (user, decoy) = (ScramCredential.Of("pencil"), ScramCredential.Decoy([1], "db", "nobody"));

        Assert.Equal((user.Salt.Length, user.Iterations), (decoy.Salt.Length, decoy.Iterations));
        Assert.Equal(decoy.Salt, ScramCredential.Decoy([1], "db", "nobody").Salt);
        Assert.NotEqual(decoy.Salt, ScramCredential.Decoy([1], "db", "somebody").Salt);
        Assert.NotEqual(decoy.Salt, ScramCredential.Decoy([2], "db", "nobody").Salt);
    }

    private static ScramExchange Exchange() => new("%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0");

    private static ScramCredential Pencil(string name) => ScramCredential.Of("pencil", Convert.FromBase64String("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096);
}
