import Ingest
import Interactions
import Profiles

/// What a batch was folded from, kept until it is committed: people whom another worker has written meanwhile are
/// folded again from it, and only they.
struct BatchEvents: Sendable {
    let pieces: [Piece]
    let effects: Effects
    let fold: PersonFold
    let now: Int64

    /// See `Refold`.
    func refold(
        _ people: [[UInt8]: Stored], _ others: [[UInt8]: Stored]
    ) throws(EncodingError) -> Refolded? {
        var fold = fold
        var result = Refolded()
        var states = others.merging(people) { _, own in own }
        for (customer, stored) in states {
            // A name that belongs to another person by now.
            if case .profile(let profile) = stored, profile.customer != customer { return nil }
        }
        let batches = pieces.map(\.batch)
        var again = Effects()
        for (customer, places) in places(of: people.keys) {
            let events = NearEvents(places, in: batches)
            let person = try fold.fold(
                customer, states[customer]!, events, events.all, pieces: batches, now: now, into: &result.rows)
            states[customer] = person.stored
            again.add(named: person.named, person.referrals)
        }
        // What the first fold of theirs meant to others is written: it must have been right.
        guard effects.areAll(of: people, in: again) else { return nil }
        let news = again.without(effects)
        var folded = result.rows.profiles.count
        let touched = Set(news.customers).union(people.keys.filter { effects.referrals[$0] != nil })
        for customer in touched.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            guard let stored = states[customer] else {
                result.missing.append(customer)
                continue
            }
            let own = people[customer] == nil ? [] : effects.referrals[customer] ?? []
            _ = try result.rows.apply(
                own + (news.referrals[customer] ?? []), to: customer, stored, folded: &folded, &fold,
                now: now)
        }
        // An erasure is more than rows: it would take away what the transaction has written by now.
        return result.rows.erasures.isEmpty ? result : nil
    }

    /// Those of `people` to whom the batch means something.
    func concerned(_ people: Set<[UInt8]>) -> Set<[UInt8]> {
        Set(places(of: people).map(\.customer)).union(people.filter { effects.referrals[$0] != nil })
    }

    /// The events of each of `people` in order of arrival, the people in order of their names.
    private func places(of people: some Collection<[UInt8]>) -> [(customer: [UInt8], places: [EventPlace])] {
        var found = people.sorted { $0.lexicographicallyPrecedes($1) }.map {
            (customer: $0, places: [EventPlace]())
        }
        var numbers: [UInt64: [Int]] = [:]
        for (number, person) in found.enumerated() {
            numbers[Piece.hash(person.customer.span), default: []].append(number)
        }
        for (number, piece) in pieces.enumerated() {
            for (index, hash) in piece.hashes.enumerated() {
                guard let candidates = numbers[hash] else { continue }
                let name = piece.batch.bytes[piece.batch.interactions[index].customer.range]
                for candidate in candidates where found[candidate].customer[...] == name {
                    found[candidate].places.append(EventPlace(piece: number, index: index))
                }
            }
        }
        return found.filter { !$0.places.isEmpty }
    }
}
