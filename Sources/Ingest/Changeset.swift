import Interactions
import Scoring

/// Offsets [start, end) of one partition, gaps allowed: the unit of exactly-once.
public struct Slice: Equatable, Sendable {
    public var partition: Partition
    public var start: Int64
    public var end: Int64

    public init(partition: Partition, start: Int64, end: Int64) {
        self.partition = partition
        self.start = start
        self.end = end
    }
}

/// All that one transaction writes.
public struct Changeset: Sendable {
    /// Empty for a review.
    public var slices: [Slice] = []
    /// Made in parallel, one a lane; a customer has one row, in one lane. In no order: the store writes by key.
    public var lanes: [Lane] = []
    /// Written before `lanes`, which may hold rows over these; a customer has one row in them.
    public var earlier: [Lane] = []
    /// Brings more of `earlier`, and then `lanes`, which are still being folded; nil where everything is there.
    public var toCome: RowsToCome?
    public var rejections: [RejectedRecord] = []
    /// What its evaluations were made with.
    public var edition = Edition()
    /// What memberships are of.
    public var revisions: [SegmentRevision] = []
    /// People of it who are known to have been written since they were read: to be folded again without trying.
    public var stale: Set<[UInt8]> = []
    /// Makes its part for such people anew; nil where nothing is known of how it was made.
    public var refold: Refold?

    public init() {}

    /// - Parameter definitions: what it is evaluated with.
    public init(by definitions: Definitions) {
        edition = definitions.edition
        revisions = definitions.segments.revisions
    }

    /// All of it but what it writes of `people`.
    public func without(_ people: Set<[UInt8]>) -> Changeset {
        let names = Set(people.map { $0[...] })
        var rest = self
        rest.stale = []
        rest.lanes = lanes.map { $0.without(names) }
        rest.earlier = earlier.map { $0.without(names) }
        return rest
    }

    /// In the order in which they are written.
    public var allLanes: [Lane] { earlier + lanes }

    public var erasures: [Erasure] { allLanes.flatMap(\.erasures) }
    public var profileCount: Int { allLanes.reduce(0) { $0 + $1.profiles.count } }
    public var transitionCount: Int { allLanes.reduce(0) { $0 + $1.transitions.count } }
    public var membershipCount: Int { allLanes.reduce(0) { $0 + $1.memberships.count } }

    /// Rows of some customers, their bytes in one arena.
    public struct Lane: Sendable {
        public var bytes: [UInt8] = []
        /// Before the rows: somebody may have a row again after it.
        public var erasures: [Erasure] = []
        public var profiles: [ProfileRow] = []
        public var transitions: [TransitionRow] = []
        public var memberships: [MembershipChange] = []
        public var points: [PointsChange] = []
        public var replacedLedgers: [ReplacedLedger] = []

        public init() {}

        /// With room for the rows of so many people and some more, as others' purchases may mean something to somebody
        /// who is not among them: the first row beyond the room moves all.
        public init(people: Int) {
            let room = people + people / 8 + 1
            bytes.reserveCapacity(room * Self.bytesOfRow)
            profiles.reserveCapacity(room)
            transitions.reserveCapacity(room)
        }

        /// What a person's strings and state usually take.
        private static let bytesOfRow = 512

        fileprivate func without(_ names: Set<ArraySlice<UInt8>>) -> Lane {
            func isOthers(_ customer: Text) -> Bool { !names.contains(bytes[customer.range]) }
            var rest = self
            rest.erasures = erasures.filter { !names.contains($0.customer[...]) }
            rest.profiles = profiles.filter { isOthers($0.customer) }
            rest.transitions = transitions.filter { isOthers($0.customer) }
            rest.memberships = memberships.filter { isOthers($0.customer) }
            rest.points = points.filter { isOthers($0.customer) }
            rest.replacedLedgers = replacedLedgers.filter { isOthers($0.customer) }
            return rest
        }
    }

    public struct ProfileRow: Sendable {
        /// `Text`s are ranges of the lane's `bytes`.
        public var customer: Text
        public var state: Text
        /// The version it was read at. The write makes it `version + 1`.
        public var version: Int64
        /// There must be no profile yet: there never was one (version 0), or it was erased.
        public var isNew: Bool
        public var evaluation: Evaluation
        public var tastes: Tastes
        public var standing: Standing
        /// The lane's `memberships` that are this row's.
        public var memberships = 0..<0

        public init(
            customer: Text, state: Text, version: Int64, isNew: Bool, evaluation: Evaluation,
            tastes: Tastes = Tastes(), standing: Standing
        ) {
            self.customer = customer
            self.state = state
            self.version = version
            self.isNew = isNew
            self.evaluation = evaluation
            self.tastes = tastes
            self.standing = standing
        }
    }

    /// What a person likes, by name; see `Scoring.Tastes`. Absent where there is none.
    public struct Tastes: Sendable {
        public var categories = InlineArray<5, Text>(repeating: .absent)
        public var brands = InlineArray<5, Text>(repeating: .absent)
        public var channel = Text.absent
        public var city = Text.absent
        public var hour: Int?
        public var cities = 0

        public init() {}
    }

    /// Whose ledger follows from other rules than before: the lines of `points` are all there is from `firstDay` on.
    public struct ReplacedLedger: Sendable {
        public var customer: Text
        /// Local day since 1970-01-01.
        public var firstDay: Int32
    }

    /// A line of somebody's points ledger that is not as it was; with nothing in it, it goes.
    public struct PointsChange: Sendable {
        public var customer: Text
        public var row: PointsRow
        /// Local day on which what is left of an earned row is gone.
        public var expiresOn: Int32
        /// The person has no ledger yet, as there was no profile.
        public var isFirst: Bool

        public init(customer: Text, row: PointsRow, expiresOn: Int32, isFirst: Bool = false) {
            self.customer = customer
            self.row = row
            self.expiresOn = expiresOn
            self.isFirst = isFirst
        }
    }

    /// Somebody comes into a segment, or leaves it.
    public struct MembershipChange: Sendable {
        public var customer: Text
        /// Its place in `revisions`.
        public var segment: Int
        public var isEntry: Bool
        public var effectiveAt: Int64
        public var cause: TransitionRow.Cause
        /// Undone by a later change of the same batch: nothing is to be written.
        public var isVoid = false

        public init(
            customer: Text, segment: Int, isEntry: Bool, effectiveAt: Int64, cause: TransitionRow.Cause
        ) {
            self.customer = customer
            self.segment = segment
            self.isEntry = isEntry
            self.effectiveAt = effectiveAt
            self.cause = cause
        }
    }

    public struct TransitionRow: Sendable {
        public enum Dimension: String, CaseIterable, Sendable {
            case level, connection, lifecycle, tier
            case winBack = "win_back"
        }
        public enum Cause: Sendable {
            case event(Text)
            case time
            /// Other definitions than those the row before was evaluated with.
            case definition
        }

        public var customer: Text
        public var dimension: Dimension
        /// Nil on a profile's first evaluation.
        public var from: String?
        public var to: String
        public var effectiveAt: Int64
        public var cause: Cause

        public init(
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

    public struct RejectedRecord: Sendable {
        public var partition: Partition
        public var offset: Int64
        public var code: Rejection.Code
        public var detail: String
        public var key: [UInt8]
        /// Nil for a tombstone.
        public var payload: [UInt8]?
        /// The customer, when the record was readable that far: what an erase matches.
        public var customer: [UInt8]?

        public init(
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
    public struct Erasure: Sendable {
        public var customer: [UInt8]
        /// The version the person was read at (`Stored.version`). The tombstone has `version + 1`.
        public var version: Int64
        public var hasProfile: Bool
        /// Every identity of the person, and its keyed hash (`HashKey.identity`).
        public var identities: [(identity: [UInt8], hash: UInt64)]
        /// Events up to this instant are ignored for ever, Unix ms.
        public var until: Int64

        public init(
            customer: [UInt8], version: Int64, hasProfile: Bool, identities: [(identity: [UInt8], hash: UInt64)],
            until: Int64
        ) {
            self.customer = customer
            self.version = version
            self.hasProfile = hasProfile
            self.identities = identities
            self.until = until
        }
    }
}
