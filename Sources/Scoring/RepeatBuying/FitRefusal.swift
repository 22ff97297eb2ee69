/// Why customers do not support a fit: what was looked at, what was found and what it takes.
public struct FitRefusal: Error, Equatable, CustomStringConvertible {
    public enum What: Equatable, Sendable {
        case customers
        case repeatBuyers
        /// A history with more repeat days than its recency has days, a recency beyond the tenure, or what is negative.
        case history(CountedHistory)
        /// The likelihood still rises where the parameter has left the range in which it means anything.
        case parameter(String)
        /// At the maximum, the information on some combination of parameters, as a share of that on the parameters.
        case information
    }

    public let what: What
    public let found: Double
    /// At least this; of a parameter the bound that it crossed.
    public let needed: Double

    public var description: String {
        switch what {
        case .customers: "too few customers: \(Int(found)) found, \(Int(needed)) needed"
        case .repeatBuyers: "too few repeat buyers: \(Int(found)) found, \(Int(needed)) needed"
        case .history(let history):
            "an impossible history: x = \(history.repeatDays), t_x = \(history.recencyDays) d, "
                + "T = \(history.tenureDays) d, \(history.customers) customers"
        case .parameter(let name): "parameter \(name) runs off: \(found) found, bound \(needed)"
        case .information: "the likelihood has no curvature at its maximum: \(found) found, \(needed) needed"
        }
    }
}
