/// Rows of a changeset that is still being folded, in the order in which they are to be written.
public enum ArrivingRows: Sendable {
    /// More of `Changeset.earlier`.
    case earlier([Changeset.Lane])
    /// `Changeset.lanes`; there are no more.
    case last([Changeset.Lane])
}

/// What has been folded since it was last asked; waits for it. Nil when the fold was given up and nothing is to be
/// written.
public typealias RowsToCome = @Sendable () -> ArrivingRows?

extension Changeset {
    /// Itself once all rows are there; nil when the fold was given up.
    public func complete() -> Changeset? {
        var whole = self
        whole.toCome = nil
        while let toCome {
            switch toCome() {
            case .earlier(let lanes): whole.earlier += lanes
            case .last(let lanes):
                whole.lanes = lanes
                return whole
            case nil: return nil
            }
        }
        return whole
    }
}
