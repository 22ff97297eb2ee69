import RealModule

/// A function of few parameters at one point: its value, gradient and matrix of second derivatives.
struct Expansion {
    var value = 0.0
    var gradient: [Double]
    var hessian: [[Double]]

    /// The same in the logarithms of positive parameters.
    func inLogarithms(of point: [Double]) -> Expansion {
        var result = self
        for i in point.indices {
            result.gradient[i] *= point[i]
            for j in point.indices { result.hessian[i][j] *= point[i] * point[j] }
            result.hessian[i][i] += result.gradient[i]
        }
        return result
    }
}

/// The highest maximum of a likelihood over positive parameters, looked for from several starts.
///
/// Newton's method in the logarithms of the parameters, damped where the function is not concave or a step fails
/// (Levenberg 1944; Marquardt 1963).
struct Ascent {
    private(set) var point: [Double]
    private(set) var expansion: Expansion
    private(set) var isConverged = false
    /// The parameter that left its range, where the ascent ended.
    private(set) var runaway: Int?

    static func highest(
        from starts: [[Double]], within bounds: [ClosedRange<Double>], _ expand: ([Double]) -> Expansion
    ) -> Ascent {
        var best: Ascent?
        for start in starts {
            let ascent = Ascent(from: start, within: bounds, expand)
            if let best, best.expansion.value >= ascent.expansion.value { continue }
            best = ascent
        }
        return best!
    }

    private init(from start: [Double], within bounds: [ClosedRange<Double>], _ expand: ([Double]) -> Expansion) {
        point = start
        expansion = expand(start).inLogarithms(of: start)
        var damping = 0.0
        for _ in 0..<200 {
            guard let step = step(damping) else {
                damping = max(4 * damping, 1e-3)
                continue
            }
            let next = zip(point, step).map { $0 * Double.exp($1) }
            let there = expand(next).inLogarithms(of: next)
            let isLast = damping == 0 && step.allSatisfy { abs($0) < 1e-7 }
            if there.value >= expansion.value - Self.noise * abs(expansion.value) {
                (point, expansion) = (next, there)
                damping = damping < 1e-3 ? 0 : damping / 8
                runaway = point.indices.first { !bounds[$0].contains(point[$0]) }
            } else {
                damping = max(4 * damping, 1e-3)
            }
            isConverged = isLast
            if isLast || runaway != nil { return }
        }
    }

    /// Nil where the damped function is not concave. No parameter changes by more than a factor of e².
    private func step(_ damping: Double) -> [Double]? {
        let scale = expansion.hessian.indices.map { abs(expansion.hessian[$0][$0]) }.max()!
        var information = expansion.hessian.map { $0.map { -$0 } }
        for i in information.indices { information[i][i] += damping * scale }
        guard let factor = Cholesky(information) else { return nil }
        let step = factor.solve(expansion.gradient)
        let longest = step.map(abs).max()!
        return longest > 2 ? step.map { $0 * 2 / longest } : step
    }

    /// Standard errors of the parameters, from the observed information on their logarithms (delta method).
    func standardErrors() throws(FitRefusal) -> [Double] {
        let information = expansion.hessian.map { $0.map { -$0 } }
        let factor = Cholesky(information)
        guard let factor, factor.leastShare >= Self.leastInformation else {
            throw FitRefusal(what: .information, found: factor?.leastShare ?? 0, needed: Self.leastInformation)
        }
        return point.indices.map { i in
            let unit = point.indices.map { $0 == i ? 1.0 : 0 }
            return point[i] * factor.solve(unit)[i].squareRoot()
        }
    }

    private static let leastInformation = 1e-9
    /// By how much a sum over customers may be off.
    private static let noise = 1e-12
}

/// L with LLᵀ = a symmetric matrix; nil unless the matrix is positive definite.
struct Cholesky {
    private var lower: [[Double]]
    /// The least share of a diagonal element that the elements before it leave: near 0, the matrix is singular.
    private(set) var leastShare = 1.0

    init?(_ matrix: [[Double]]) {
        lower = matrix
        for i in matrix.indices {
            for j in 0...i {
                var rest = matrix[i][j]
                for k in 0..<j { rest -= lower[i][k] * lower[j][k] }
                if i > j {
                    lower[i][j] = rest / lower[j][j]
                } else {
                    guard rest > 0, rest.isFinite else { return nil }
                    leastShare = min(leastShare, rest / matrix[i][i])
                    lower[i][i] = rest.squareRoot()
                }
            }
        }
    }

    func solve(_ right: [Double]) -> [Double] {
        var x = right
        for i in x.indices {
            for k in 0..<i { x[i] -= lower[i][k] * x[k] }
            x[i] /= lower[i][i]
        }
        for i in x.indices.reversed() {
            for k in (i + 1)..<max(i + 1, x.count) { x[i] -= lower[k][i] * x[k] }
            x[i] /= lower[i][i]
        }
        return x
    }
}
