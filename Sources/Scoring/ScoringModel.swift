import Interactions

/// Every number the scores are computed with; the defaults are the contract's.
package struct ScoringModel: Sendable {
    /// Engagement weight by raw value of the type; zero for what is not inbound.
    package var weights: [Double]
    /// Days in which an event's engagement halves.
    package var engagementHalfLife = 14.0
    /// E at which engagement reaches 63 %.
    package var engagementScale = 20.0
    /// Calendar days of the activity score.
    package var activityDays = 30
    /// Calendar days of RFM and of `loyal`.
    package var valueDays = 365
    /// Days since the last purchase (a buyer) or the last inbound event (anyone else) up to which a stage is fresh.
    package var freshDays = 30
    package var activeDays = 90
    package var lapsedDays = 180
    /// Purchases in `valueDays` that make a buyer loyal.
    package var loyalPurchases = 3
    /// Whether a person who never said anything may be written to.
    package var isConsentOpen = true

    package init() {
        weights = [Double](repeating: 0, count: EventType.tableSize)
        for entry in EventType.catalogue where entry.type.isInbound { weights[Int(entry.type.rawValue)] = entry.weight }
    }

    package static let standard = ScoringModel()
}
