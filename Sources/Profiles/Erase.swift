import Interactions

extension Profile {
    /// Forgets everything up to an instant, for every identity of the person, and for ever.
    ///
    /// What is later starts from nothing, so it stays; sums of departed events cannot be told apart by time and go.
    /// Which identities are covered depends on when the erase is folded, the one declared exception to order.
    mutating func erase(until: Int64) {
        entries.removeAll { $0.time <= until }
        departed = []
        dayTable = DayTable()
        departedPurchases = []
        olderPurchases = OlderPurchases()
        orders = []
        registers = []
        forgetPoints()
        tags.removeAll { $0.moment.time <= until }
        attributes.removeAll { $0.moment.time <= until }
        links.removeAll { $0.moment.time <= until }
        retractions.removeAll { $0.moment.time <= until }
        for index in identities.indices { identities[index].erasedUntil = max(identities[index].erasedUntil, until) }
        newest = .min
        // As when they are folded: what others' purchases brought is none of the person's own events.
        for entry in entries where entry.type != .referralConverted { newest = max(newest, entry.time) }
        for register in tags + attributes { newest = max(newest, register.moment.time) }
        for link in links { newest = max(newest, link.moment.time) }
        for retraction in retractions { newest = max(newest, retraction.moment.time) }
    }

    /// Forgets what points beyond the timeline and the day table there were, and what was taken from them.
    public mutating func forgetPoints() {
        points = PointsAccount()
        for index in entries.indices { entries[index].flags.remove(.settled) }
    }

    /// Until when the person was erased, Unix ms; nil when never.
    public var erasedUntil: Int64? {
        let until = identities.reduce(Int64.min) { max($0, $1.erasedUntil) }
        return until > .min ? until : nil
    }

    /// Nothing was ever folded, or all of it is erased.
    public var isEmpty: Bool { newest == .min && entries.isEmpty }

    /// The profile of an identity whose past was erased.
    public init(erased identity: Span<UInt8>, until: Int64) {
        add(identity: identity, erasedUntil: until)
    }

    /// The profile of an identity that was only named: linked to, or credited with a purchase.
    public init(named identity: Span<UInt8>) {
        add(identity: identity, erasedUntil: .min)
    }

    private mutating func add(identity: Span<UInt8>, erasedUntil: Int64) {
        identities.append(IdentityRegister(identity: strings.intern(identity), erasedUntil: erasedUntil))
    }
}
