/// What was fitted, and how well, for people.
extension CalibrationDocument {
    /// - Parameters:
    ///   - refusals: what the population does not support.
    ///   - trial: why there was no trial on the last days, if there was none.
    func report(refusals: [String], trial: String?) -> String {
        var paragraphs = ["\(Written.count(buyers)) buyers, \(Written.count(recentBuyers)) of them in the last year"]
        paragraphs.append(cutoffs)
        if repeatBuying != nil || orderValue != nil { paragraphs += [parameters, likelihoods] }
        if let holdOut { paragraphs.append(holdOut.report) }
        if let trial { paragraphs.append(trial) }
        if let percentiles, !percentiles.isEmpty { paragraphs.append(shares(percentiles)) }
        paragraphs += refusals.map { "refused: \($0)" }
        return paragraphs.joined(separator: "\n\n") + "\n"
    }

    private var cutoffs: String {
        var table = TextTable([("quintiles at", .left)] + ["20 %", "40 %", "60 %", "80 %"].map { ($0, .right) })
        table.append(["recency, days"] + rfm.recency.map { Written.count($0) })
        table.append(["frequency"] + rfm.frequency.map { Written.count($0) })
        table.append(["monetary"] + rfm.monetary.map { Written.money($0) })
        return table.text
    }

    /// What a segment asks for with `percentile`, or with `score` and a bound of one's own.
    private func shares(_ percentiles: [Percentiles]) -> String {
        let columns: [(name: String, permille: Int)] = [
            ("bottom 5 %", 50), ("median", 500), ("top 25 %", 750), ("top 5 %", 950), ("top 1 %", 990),
        ]
        var table = TextTable(
            [("cut-offs of scores", .left), ("people", .right)] + columns.map { ($0.name, .right) })
        for score in percentiles {
            table.append(
                [score.score, Written.count(score.people)]
                    + columns.map { Written.decimal(score.cuts[$0.permille - 1], places: 2) })
        }
        return table.text
    }

    private var parameters: String {
        var table = TextTable([
            ("model", .left), ("parameter", .left), ("value", .right), ("standard error", .right),
        ])
        func add(_ model: String, _ parameters: KeyValuePairs<String, Double>, _ errors: [Double]) {
            for (index, (name, value)) in parameters.enumerated() {
                table.append([
                    index == 0 ? model : "", name, Written.decimal(value, places: 4),
                    Written.decimal(errors[index], places: 4),
                ])
            }
        }
        if let fit = repeatBuying {
            add(
                "repeat buying \(fit.kind)", ["r": fit.r, "alpha": fit.alpha, "a": fit.a, "b": fit.b],
                fit.standardErrors)
        }
        if let fit = orderValue {
            add("order value gamma_gamma", ["p": fit.p, "q": fit.q, "v": fit.v], fit.standardErrors)
        }
        return table.text
    }

    private var likelihoods: String {
        func line(_ what: String, _ likelihood: Double, _ people: String, _ converged: Bool) -> String {
            "log-likelihood of \(what) \(Written.decimal(likelihood, places: 4)) over \(people)"
                + (converged ? "" : "; the iterations ran out before it converged")
        }
        var lines: [String] = []
        if let fit = repeatBuying {
            let people =
                "\(Written.count(fit.customers)) customers, \(Written.count(fit.repeatBuyers)) of them repeat buyers"
            lines.append(line("repeat buying", fit.logLikelihood, people, fit.converged))
        }
        if let fit = orderValue {
            let people = "\(Written.count(fit.repeatBuyers)) repeat buyers"
            lines.append(line("order value", fit.logLikelihood, people, fit.converged))
        }
        return lines.joined(separator: "\n")
    }
}

extension CalibrationDocument.Trial {
    fileprivate var report: String {
        var table = TextTable([
            ("repeat days before", .left), ("customers", .right), ("predicted", .right), ("actual", .right),
        ])
        for (index, row) in rows.enumerated() {
            table.append([
                index == rows.count - 1 ? "\(index) and more" : "\(index)", Written.count(row.customers),
                Written.decimal(row.predicted, places: 1), Written.count(row.actual),
            ])
        }
        let predicted = rows.reduce(0) { $0 + $1.predicted }
        let actual = rows.reduce(0) { $0 + $1.actual }
        return """
            purchase days in the last \(days) days, by a model of the time before:
            \(table.text)
            in all \(Written.decimal(predicted, places: 1)) predicted, \(Written.count(actual)) actual
            """
    }
}
