import Profiles

/// Folds a batch's part for some people again, on what is stored of them now: the answer to a row that somebody else
/// has written since it was read.
///
/// - Parameters:
///   - people: who was written by somebody else, and what is stored now.
///   - others: whom an earlier answer called `missing`; what is stored of them holds their part of the batch already.
/// - Returns: nil when only reading the whole batch anew will do.
public typealias Refold =
    @Sendable (_ people: [[UInt8]: Stored], _ others: [[UInt8]: Stored]) throws(EncodingError) -> Refolded?

/// What replaces a batch's part for the people who were folded again.
public struct Refolded: Sendable {
    public var rows = Changeset.Lane()
    /// To whom the batch means something now that it did not before: asked again with what is stored of them.
    public var missing: [[UInt8]] = []

    public init() {}
}

extension Changeset {
    /// What `people` amount to when they are folded again; nil when only reading the whole batch anew will do.
    ///
    /// - Parameter load: reads what is stored, and holds it until the commit ends.
    public func refolded<Failure>(
        _ people: Set<[UInt8]>, load: ([[UInt8]]) throws(Failure) -> [Stored]
    ) throws(Failure) -> Changeset? {
        // An erasure is more than rows: it has taken away by now what would have to stay.
        guard let refold, !erasures.contains(where: { people.contains($0.customer) }) else { return nil }
        func stored(_ customers: [[UInt8]]) throws(Failure) -> [[UInt8]: Stored] {
            let sorted = customers.sorted { $0.lexicographicallyPrecedes($1) }
            return Dictionary(uniqueKeysWithValues: zip(sorted, try load(sorted)))
        }
        let moved = try stored(Array(people))
        var others: [[UInt8]: Stored] = [:]
        // Whoever is asked for brings nobody new: it ends.
        while true {
            // A state that cannot be read stops the worker when it reads it for itself.
            guard let again = try? refold(moved, others) else { return nil }
            if again.missing.isEmpty {
                var changeset = Changeset()
                changeset.slices = slices
                changeset.edition = edition
                changeset.revisions = revisions
                changeset.lanes = [again.rows]
                return changeset
            }
            others.merge(try stored(again.missing)) { old, _ in old }
        }
    }
}
