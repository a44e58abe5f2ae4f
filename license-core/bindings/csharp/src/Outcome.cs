namespace LicenseCore
{
    /// <summary>What a check came to. Numbers are stable and the same in every language; below 10 a license holds.</summary>
    public enum Outcome
    {
        /// <summary>It holds.</summary>
        Active = 0,
        /// <summary>It is over and still works: renew it.</summary>
        Grace = 1,
        /// <summary>No license in a form that is understood.</summary>
        Malformed = 10,
        /// <summary>Signed with a key that is not trusted.</summary>
        UnknownKey = 11,
        /// <summary>Changed or forged.</summary>
        Signature = 12,
        /// <summary>Another vendor's.</summary>
        Issuer = 13,
        /// <summary>For another product.</summary>
        Product = 14,
        /// <summary>It begins later.</summary>
        NotYetValid = 15,
        /// <summary>Over, grace included.</summary>
        Expired = 16,
        /// <summary>Bound to another machine, or too much of this one was changed.</summary>
        Device = 17,
        /// <summary>Bound to facts that take rights to read.</summary>
        NeedsPrivileges = 18,
        /// <summary>A test license where real ones are asked for.</summary>
        TestLicense = 19,
        /// <summary>A real license where test ones are asked for.</summary>
        RealLicense = 20,
        /// <summary>It is not shown that this machine has the license's key.</summary>
        Possession = 21,
        /// <summary>Over or not begun, and the clock is wrong.</summary>
        Clock = 22,
        /// <summary>There is no fingerprint text.</summary>
        TextMissing = 30,
        /// <summary>A placeholder that many machines share.</summary>
        TextJunk = 31,
        /// <summary>A fingerprint with something around it, or a part of one.</summary>
        TextNotAlone = 32,
        /// <summary>Nothing in the text names one machine.</summary>
        TextNoAnchor = 33,
        /// <summary>More values than one machine may list.</summary>
        TextTooMany = 34,
        /// <summary>Mistyped or cut.</summary>
        TextChecksum = 35,
        /// <summary>Made for another vendor.</summary>
        TextRealm = 36,
        /// <summary>Of a newer program.</summary>
        TextVersion = 37,
        /// <summary>Intact, but not what the format allows.</summary>
        TextMalformed = 38,
        /// <summary>Longer than a text may be.</summary>
        TextTooLong = 39,
        /// <summary>No key set in a form that is understood.</summary>
        KeySetMalformed = 40,
        /// <summary>A key set signed with a key that is not trusted.</summary>
        KeySetUnknownKey = 41,
        /// <summary>A key set that was changed or forged.</summary>
        KeySetSignature = 42,
        /// <summary>A key set of another vendor's.</summary>
        KeySetIssuer = 43,
        /// <summary>A key set that is not newer than the last one.</summary>
        KeySetOld = 44,
        /// <summary>A vendor file or a key that cannot be used.</summary>
        UnusableTrust = 50,
        /// <summary>A device that cannot be read.</summary>
        UnreadableDevice = 51,
        /// <summary>The product code cannot name a file.</summary>
        NameTooLong = 52,
        /// <summary>No license lies where one is looked for.</summary>
        NotInstalled = 53,
        /// <summary>The license's file is there and cannot be read.</summary>
        UnreadableFile = 54,
        /// <summary>A text is longer than a mebibyte.</summary>
        Length = 101,
        /// <summary>A text has half of a surrogate pair.</summary>
        NotUtf8 = 102,
        /// <summary>A text is not what the call takes: a challenge, a system, an environment.</summary>
        Argument = 103,
        /// <summary>The system gave no randomness.</summary>
        Randomness = 104,
        /// <summary>A fault in the library.</summary>
        Internal = 110,
    }
}
