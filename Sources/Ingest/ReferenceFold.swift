import Interactions
import Profiles

/// The right answer: the fold of a whole log, one person after the other, with no batches, cache, versions or fences.
///
/// What workers have written must equal it, however the log was cut and whatever failed on the way; `guanxi audit`
/// and the tests compare the two row by row.
public struct ReferenceFold {
    private let rules: FoldRules
    private var pieces: [InteractionBatch] = []
    private var events: [[UInt8]: [EventPlace]] = [:]

    public init(rules: FoldRules) { self.rules = rules }

    /// Adds decoded events in the order of the log.
    public mutating func add(_ batch: InteractionBatch) {
        for (index, event) in batch.interactions.enumerated() {
            events[Array(batch.bytes[event.customer.range]), default: []].append(
                EventPlace(piece: pieces.count, index: index))
        }
        pieces.append(batch)
    }

    /// Every profile there must be, by customer; `Profile.age` makes it what is stored.
    public func profiles() -> [[UInt8]: Profile] {
        var profiles: [[UInt8]: Profile] = [:]
        var erased: [[UInt8]: Profile] = [:]
        var named: Set<[UInt8]> = []
        var referrals: [Referral] = []
        for (customer, places) in events {
            var fold = Fold(Profile(named: customer.span), rules)
            for place in places {
                let batch = pieces[Int(place.piece)]
                let event = batch.interactions[Int(place.index)]
                if !fold.apply(event, bytes: batch.bytes.span) { continue }
                let settings = Int(event.settings.lowerBound)..<Int(event.settings.upperBound)
                if !settings.isEmpty { fold.apply(batch.settings[settings], of: event, bytes: batch.bytes.span) }
                switch event.type {
                case .link: named.insert(Array(batch.bytes[event.target.range]))
                case .purchase where !event.referrer.isAbsent: named.insert(Array(batch.bytes[event.referrer.range]))
                default: break
                }
            }
            let isErased = fold.erasedUntil != nil
            referrals += fold.departedReferrals.filter(\.stands)
            let profile = fold.finish()
            referrals += profile.referrals().filter(\.stands)
            if isErased, profile.isEmpty { erased[customer] = profile } else { profiles[customer] = profile }
        }
        for customer in named where profiles[customer] == nil && erased[customer] == nil {
            profiles[customer] = Profile(named: customer.span)
        }
        for referral in referrals {
            if var referrer = profiles[referral.referrer] ?? erased[referral.referrer], referrer.apply(referral, rules)
            {
                profiles[referral.referrer] = referrer
            }
        }
        return profiles
    }
}
