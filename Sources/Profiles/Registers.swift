import Interactions

/// A place in timeline order.
public struct Moment: Equatable, Comparable, Sendable {
    public var time: Int64
    public var hash: UInt64

    public init(time: Int64, hash: UInt64) {
        self.time = time
        self.hash = hash
    }

    public static func < (a: Moment, b: Moment) -> Bool { (a.time, a.hash) < (b.time, b.hash) }
}

/// The facts that outlive their events: one register a channel and kind, holding the newest departed event of it.
/// Events still in the timeline speak for themselves, so that retracting one undoes it.
public enum Fact: UInt8, CaseIterable, Sendable {
    /// follow / unfollow on a channel.
    case follow
    /// follow_back / unfollow_back on a channel.
    case followBack
    /// opt_in / opt_out on a channel, or for all (no channel).
    case consent
    /// member_join / member_leave; no channel.
    case membership
    /// The first follow of a channel, in timeline order: it alone earns points.
    case firstFollow

    /// The fact an event type states, and whether it states it or takes it back.
    public static func of(_ type: EventType) -> (fact: Fact, holds: Bool)? {
        switch type {
        case .follow: (.follow, true)
        case .unfollow: (.follow, false)
        case .followBack: (.followBack, true)
        case .unfollowBack: (.followBack, false)
        case .optIn: (.consent, true)
        case .optOut: (.consent, false)
        case .memberJoin: (.membership, true)
        case .memberLeave: (.membership, false)
        default: nil
        }
    }

    public var types: (holds: EventType, ends: EventType) {
        switch self {
        case .follow, .firstFollow: (.follow, .unfollow)
        case .followBack: (.followBack, .unfollowBack)
        case .consent: (.optIn, .optOut)
        case .membership: (.memberJoin, .memberLeave)
        }
    }
}

public struct Register: Equatable, Sendable {
    public var fact: Fact
    public var channel: StringPool.ID
    public var holds: Bool
    public var moment: Moment
}

/// A tag or an attribute: the last writer wins.
public struct NamedRegister: Equatable, Sendable {
    public enum Value: Equatable, Sendable {
        case removed
        case tag
        case text(StringPool.ID)
        case number(Double)
        case boolean(Bool)
    }
    public var name: StringPool.ID
    public var value: Value
    public var moment: Moment
}

/// Whether two identities are one person by what was said of exactly these two; the newest word wins.
public struct LinkRegister: Equatable, Sendable {
    /// The pair, smaller bytes first.
    public var a: StringPool.ID
    public var b: StringPool.ID
    public var isLinked: Bool
    public var moment: Moment
}

/// A name folded into this person.
public struct IdentityRegister: Equatable, Sendable {
    public var identity: StringPool.ID
    /// Events of this identity up to this instant are ignored for ever (Unix ms); `.min` when it was never erased.
    public var erasedUntil: Int64 = .min
}

/// A retraction whose target has not arrived.
public struct WaitingRetraction: Equatable, Sendable {
    public var target: UInt64
    /// Of the retraction itself: over the limit the oldest are dropped.
    public var moment: Moment
}

extension Profile {
    /// Whether a fact holds on a channel, by the newest event in the timeline or, where there is none, the register.
    /// Nil when nothing was ever said.
    ///
    /// - Parameter types: `self.types`, where it is known: what is not among them is not looked for.
    public func holds(
        _ fact: Fact, channel: StringPool.ID = StringPool.absent, among types: EventTypeSet = .all
    ) -> Bool? {
        var newest: Moment?
        var result: Bool?
        for register in registers where register.fact == fact && register.channel == channel {
            newest = register.moment
            result = register.holds
        }
        func consider(_ type: EventType, _ holds: Bool) {
            if !types.contains(type) { return }
            for index in range(of: type).reversed() {
                let entry = entries[index]
                if entry.isRetracted || factChannel(entry, fact) != channel { continue }
                let moment = Moment(time: entry.time, hash: entry.hash)
                if newest == nil || newest! < moment {
                    newest = moment
                    result = holds
                }
                return
            }
        }
        consider(fact.types.holds, true)
        consider(fact.types.ends, false)
        return result
    }

    /// The channels on which anything was ever said of a fact.
    public func channels(of fact: Fact) -> [StringPool.ID] {
        var result: [StringPool.ID] = []
        func add(_ channel: StringPool.ID) { if !result.contains(channel) { result.append(channel) } }
        for register in registers where register.fact == fact { add(register.channel) }
        for type in [fact.types.holds, fact.types.ends] {
            for entry in entries[range(of: type)] where !entry.isRetracted { add(factChannel(entry, fact)) }
        }
        return result
    }

    /// The channel a fact is about: membership has none, consent only the one the record named.
    func factChannel(_ entry: Entry, _ fact: Fact) -> StringPool.ID {
        switch fact {
        case .membership: StringPool.absent
        case .consent: entry.flags.contains(.channel) ? entry.channel : StringPool.absent
        case .follow, .followBack, .firstFollow: entry.channel
        }
    }

    mutating func set(_ register: Register) {
        if let index = registers.firstIndex(where: { $0.fact == register.fact && $0.channel == register.channel }) {
            let isFirst = register.fact == .firstFollow
            if isFirst ? register.moment < registers[index].moment : registers[index].moment < register.moment {
                registers[index] = register
            }
        } else {
            registers.append(register)
        }
    }

    mutating func set(_ tag: NamedRegister, in registers: WritableKeyPath<Profile, [NamedRegister]>) {
        if let index = self[keyPath: registers].firstIndex(where: { $0.name == tag.name }) {
            if self[keyPath: registers][index].moment < tag.moment { self[keyPath: registers][index] = tag }
        } else {
            self[keyPath: registers].append(tag)
        }
    }

    mutating func set(_ link: LinkRegister) {
        if let index = links.firstIndex(where: { $0.a == link.a && $0.b == link.b }) {
            let old = links[index]
            // At a full tie `unlink` decides.
            if old.moment < link.moment || (old.moment == link.moment && !link.isLinked) { links[index] = link }
        } else {
            links.append(link)
        }
    }

    mutating func setIdentity(_ identity: IdentityRegister) {
        if let index = identities.firstIndex(where: { $0.identity == identity.identity }) {
            identities[index].erasedUntil = max(identities[index].erasedUntil, identity.erasedUntil)
        } else {
            identities.append(identity)
        }
    }
}
