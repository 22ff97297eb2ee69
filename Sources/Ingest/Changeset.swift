import Interactions
import Scoring

/// Offsets [start, end) of one partition, gaps allowed: the unit of exactly-once.
package struct Slice: Equatable, Sendable {
    package var partition: Partition
    package var start: Int64
    package var end: Int64

    package init(partition: Partition, start: Int64, end: Int64) {
        self.partition = partition
        self.start = start
        self.end = end
    }
}

/// All that one transaction writes.
package struct Changeset: Sendable {
    /// Empty for a review.
    package var slices: [Slice] = []
    /// Made in parallel, one a lane; a customer has one row, in one lane. In no order: the store writes by key.
    package var lanes: [Lane] = []
    package var rejections: [RejectedRecord] = []
    package var erasures: [Erasure] = []
    /// What its evaluations were made with.
    package var edition = Edition()
    /// What memberships are of.
    package var revisions: [SegmentRevision] = []

    package init() {}

    /// - Parameter definitions: what it is evaluated with.
    package init(by definitions: Definitions) {
        edition = definitions.edition
        revisions = definitions.segments.revisions
    }

    package var profileCount: Int { lanes.reduce(0) { $0 + $1.profiles.count } }
    package var transitionCount: Int { lanes.reduce(0) { $0 + $1.transitions.count } }
    package var membershipCount: Int { lanes.reduce(0) { $0 + $1.memberships.count } }

    /// Rows of some customers, their bytes in one arena.
    package struct Lane: Sendable {
        package var bytes: [UInt8] = []
        package var profiles: [ProfileRow] = []
        package var transitions: [TransitionRow] = []
        package var memberships: [MembershipChange] = []
        package var points: [PointsChange] = []
        package var replacedLedgers: [ReplacedLedger] = []

        package init() {}
    }

    package struct ProfileRow: Sendable {
        /// `Text`s are ranges of the lane's `bytes`.
        package var customer: Text
        package var state: Text
        /// The version it was read at; 0 for one that must not exist yet. The write makes it `version + 1`.
        package var version: Int64
        package var evaluation: Evaluation
        package var tastes: Tastes
        package var standing: Standing
        /// The lane's `memberships` that are this row's.
        package var memberships = 0..<0

        package init(
            customer: Text, state: Text, version: Int64, evaluation: Evaluation, tastes: Tastes = Tastes(),
            standing: Standing
        ) {
            self.customer = customer
            self.state = state
            self.version = version
            self.evaluation = evaluation
            self.tastes = tastes
            self.standing = standing
        }
    }

    /// What a person likes, by name; see `Scoring.Tastes`. Absent where there is none.
    package struct Tastes: Sendable {
        package var categories = InlineArray<5, Text>(repeating: .absent)
        package var brands = InlineArray<5, Text>(repeating: .absent)
        package var channel = Text.absent
        package var city = Text.absent
        package var hour: Int?
        package var cities = 0

        package init() {}
    }

    /// Whose ledger follows from other rules than before: the lines of `points` are all there is from `firstDay` on.
    package struct ReplacedLedger: Sendable {
        package var customer: Text
        /// Local day since 1970-01-01.
        package var firstDay: Int32
    }

    /// A line of somebody's points ledger that is not as it was; with nothing in it, it goes.
    package struct PointsChange: Sendable {
        package var customer: Text
        package var row: PointsRow
        /// Local day on which what is left of an earned row is gone.
        package var expiresOn: Int32

        package init(customer: Text, row: PointsRow, expiresOn: Int32) {
            self.customer = customer
            self.row = row
            self.expiresOn = expiresOn
        }
    }

    /// Somebody comes into a segment, or leaves it.
    package struct MembershipChange: Sendable {
        package var customer: Text
        /// Its place in `revisions`.
        package var segment: Int
        package var isEntry: Bool
        package var effectiveAt: Int64
        package var cause: TransitionRow.Cause
        /// Undone by a later change of the same batch: nothing is to be written.
        package var isVoid = false

        package init(
            customer: Text, segment: Int, isEntry: Bool, effectiveAt: Int64, cause: TransitionRow.Cause
        ) {
            self.customer = customer
            self.segment = segment
            self.isEntry = isEntry
            self.effectiveAt = effectiveAt
            self.cause = cause
        }
    }

    package struct TransitionRow: Sendable {
        package enum Dimension: String, CaseIterable, Sendable {
            case level, connection, lifecycle, tier
            case winBack = "win_back"
        }
        package enum Cause: Sendable {
            case event(Text)
            case time
            /// Other definitions than those the row before was evaluated with.
            case definition
        }

        package var customer: Text
        package var dimension: Dimension
        /// Nil on a profile's first evaluation.
        package var from: String?
        package var to: String
        package var effectiveAt: Int64
        package var cause: Cause

        package init(
            customer: Text, dimension: Dimension, from: String?, to: String, effectiveAt: Int64, cause: Cause
        ) {
            self.customer = customer
            self.dimension = dimension
            self.from = from
            self.to = to
            self.effectiveAt = effectiveAt
            self.cause = cause
        }
    }

    package struct RejectedRecord: Sendable {
        package var partition: Partition
        package var offset: Int64
        package var code: Rejection.Code
        package var detail: String
        package var key: [UInt8]
        /// Nil for a tombstone.
        package var payload: [UInt8]?
        /// The customer, when the record was readable that far: what an erase matches.
        package var customer: [UInt8]?

        package init(
            partition: Partition, offset: Int64, code: Rejection.Code, detail: String, key: [UInt8],
            payload: [UInt8]?, customer: [UInt8]? = nil
        ) {
            self.partition = partition
            self.offset = offset
            self.code = code
            self.detail = detail
            self.key = key
            self.payload = payload
            self.customer = customer
        }
    }

    /// One person to forget: profile, transitions, rejected payloads and identities go, a tombstone stays.
    package struct Erasure: Sendable {
        package var customer: [UInt8]
        /// The version the profile was read at; 0 when there was none.
        package var version: Int64
        /// Every identity of the person, and its keyed hash (`HashKey.identity`).
        package var identities: [(identity: [UInt8], hash: UInt64)]
        /// Events up to this instant are ignored for ever, Unix ms.
        package var until: Int64

        package init(customer: [UInt8], version: Int64, identities: [(identity: [UInt8], hash: UInt64)], until: Int64) {
            self.customer = customer
            self.version = version
            self.identities = identities
            self.until = until
        }
    }
}
