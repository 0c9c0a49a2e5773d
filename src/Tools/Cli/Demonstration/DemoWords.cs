namespace ChatApp.Cli.Demonstration;

/// <summary>Names and sentences of the demonstration data.</summary>
internal static class DemoWords
{
    public static readonly string[] FirstNames =
    [
        "Ada", "Aisha", "Amara", "Anton", "Bao", "Carla", "Chidi", "Dario", "Elif", "Emil", "Fatima", "Freya", "Goran", "Hana", "Ines", "Ivo", "Jonas", "Kaito",
        "Leila", "Luca", "Maja", "Mateo", "Mira", "Nils", "Noor", "Olga", "Priya", "Rafael", "Sofia", "Tariq", "Uma", "Viktor", "Wanda", "Yusuf", "Zoe",
    ];

    public static readonly string[] LastNames =
    [
        "Abebe", "Almeida", "Bauer", "Berg", "Chen", "Costa", "Dubois", "Eriksen", "Fischer", "Garcia", "Haddad", "Ito", "Jansen", "Kaya", "Keller", "Kowalski",
        "Lopez", "Meier", "Moreau", "Nguyen", "Novak", "Okafor", "Petrov", "Quinn", "Rossi", "Sato", "Silva", "Tanaka", "Varga", "Weber", "Yilmaz", "Zhang",
    ];

    public static readonly string[] GroupTitles =
        ["Sunday hikes", "Book club", "Office lunch", "Release party", "Flat 4b", "Choir", "Board games", "Running at seven", "Film night", "Garden", "Summer trip", "Band practice"];

    public static readonly string[] Sentences =
    [
        "Good morning!", "Did you see that?", "On my way.", "I'll be ten minutes late, sorry.", "Sounds good to me.", "What time works for you?", "Let's say half past six.",
        "Has anybody got the key?", "It's on the table.", "Ha, I knew it.", "Thank you!", "No problem at all.", "Can we move it to Thursday?", "Thursday is fine.",
        "I'll bring bread and cheese.", "Who takes the photos?", "The train is delayed again.", "See you at the usual place.", "That was wonderful yesterday.",
        "I had to laugh so hard.", "Could you send me the link?", "Here you go.", "Great, got it.", "I think the second version is better, because it says what we mean in half of the words.",
        "Let me sleep on it.", "Happy birthday! 🎉", "Wait for me please.", "It's raining cats and dogs here.", "Same here, the whole day.", "Does somebody know a good dentist?",
        "Ask Mira, she does.", "I'm home.", "Sleep well.", "Tomorrow then.", "Yes!", "No, not yet.", "Maybe.", "Why not?", "We should do this more often.", "Agreed.",
    ];
}
