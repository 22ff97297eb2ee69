import Profiles
import Scoring

/// What the scores of a person will have come to at a later instant, each part computed once it is asked for.
struct LaterScores: Sendable {
    private(set) var evaluation = Evaluation()
    private var known: [Evaluation.Part] = []

    mutating func forget() { known.removeAll(keepingCapacity: true) }

    /// - Parameter t: the same until it is forgotten.
    mutating func add(_ part: Evaluation.Part, of profile: borrowing Profile, at t: Int64, by judge: Judge) {
        if known.contains(part) { return }
        known.append(part)
        evaluation.set(part, of: profile, at: t, by: judge)
    }
}
