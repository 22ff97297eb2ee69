import ArgumentParser
import Foundation
import Postgres
import ProfileTables
import Profiles
import Scoring
import Segments

/// Fits what people are judged against to the people there are.
struct CalibrateCommand: ParsableCommand {
    enum Model: String, ExpressibleByArgument, CaseIterable {
        case mbgNBD = "mbg_nbd"
        case bgNBD = "bg_nbd"
    }

    static let configuration = CommandConfiguration(
        commandName: "calibrate",
        abstract: "Fit RFM cut-offs, the repeat-buying and spend models and percentiles, and put them into force.",
        discussion: """
            Reads every buyer's profile once, and then everybody's for the percentiles of all scores, in bounded \
            memory, while workers run. What the population cannot \
            support is refused with the reason, and then nothing is stored unless --partial is given. Workers take \
            the new version over within a second and evaluate everybody with it in the background.
            """)

    @Option(help: "Repeat buying: mbg_nbd, or bg_nbd, which takes everybody who bought once for alive.")
    var model = Model.mbgNBD

    @Option(help: ArgumentHelp("As of the end of this local date; now if absent.", valueName: "yyyy-mm-dd"))
    var at: String?

    @Option(help: ArgumentHelp("Last days a model is tried on without having seen them; 0: none.", valueName: "days"))
    var holdOut = 90

    @Flag(help: "Store what could be fitted, even if a model was refused.")
    var partial = false

    @Flag(help: "Fit and print, and store nothing.")
    var dryRun = false

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func validate() throws {
        if !(0...3650).contains(holdOut) { throw ValidationError("--hold-out is a number of days from 0 to 3650") }
        if let at, CivilDate(written: at) == nil {
            throw ValidationError("--at is a date such as 2026-11-11, not '\(at)'")
        }
    }

    func run() throws {
        let configuration = try options.load()
        let database = try Database(configuration, purpose: "calibrate")
        let kind: RepeatBuyingModel.Kind = model == .mbgNBD ? .mbgNBD : .bgNBD
        let history = try DefinitionHistory(database, configuration.definitionReader)
        let scoring = try history.inForce().model
        let calendar = configuration.rules.calendar
        let now = try database.rows("clock", "SELECT clock_timestamp()").instant(0, 0)
        let today = at.flatMap { CivilDate(written: $0)?.daysSince1970 } ?? calendar.day(now)
        var population = Population(
            today: today, valueDays: scoring.valueDays, holdOut: holdOut, calendar: calendar)
        try read(&population, database)

        var refusals: [String] = []
        guard let rfm = population.cutoffs else {
            throw Failure(
                .failed, "nobody bought in the \(scoring.valueDays) days up to the instant: there is nothing to fit")
        }
        var document = CalibrationDocument(
            people: population.people, buyers: population.buyers, recentBuyers: population.recentBuyers,
            rfm: .init(recency: rfm.recency, frequency: rfm.frequency, monetary: rfm.monetary))
        do throws(FitRefusal) { document.repeatBuying = .init(try population.repeatBuying(kind)) } catch {
            refusals.append("repeat buying (\(kind.name)): \(error)")
        }
        do throws(FitRefusal) { document.orderValue = .init(try population.orderValue()) } catch {
            refusals.append("order value (Gamma-Gamma): \(error)")
        }
        var trial: String?
        if holdOut > 0 {
            do throws(FitRefusal) { document.holdOut = .init(try population.tried(kind), days: holdOut) } catch {
                trial = "no trial on the last \(holdOut) days: \(error)"
            }
        }
        if !refusals.isEmpty && !partial {
            throw Failure(
                .failed,
                (["the population does not support a fit, and nothing was stored (--partial stores the rest):"]
                    + refusals.map { "  \($0)" }).joined(separator: "\n"))
        }
        document.percentiles = try percentiles(
            by: document, scoring, calendar, at: at == nil ? now : calendar.start(of: today + 1) - 1, database)
        var version: Int?
        if !dryRun { version = try store(document, at: now, database) }
        switch output.output {
        case .text:
            StandardOutput.line(document.report(refusals: refusals, trial: trial))
            StandardOutput.line(
                version.map { "calibration version \($0) is in force" } ?? "nothing was stored (--dry-run)")
        case .json:
            // The document is JSON already.
            StandardOutput.line(document.text)
        }
    }

    private func read(_ population: inout Population, _ database: Database) throws {
        var progress = ProgressLine()
        try database.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        defer { database.connection.rollback() }
        let all = Int(try database.rows("buyers", "SELECT count(*) FROM profile WHERE purchases > 0").int(0, 0))
        try database.execute(
            "DECLARE buyers NO SCROLL CURSOR FOR SELECT state FROM profile WHERE purchases > 0")
        while true {
            let rows = try database.rows("fetch buyers", "FETCH 10000 FROM buyers")
            if rows.count == 0 { break }
            for row in 0..<rows.count {
                do throws(EncodingError) {
                    population.add(try Profile(decoding: rows.bytes(row, 0).span))
                } catch {
                    throw Failure(.failed, "a stored profile cannot be read: \(error)")
                }
            }
            progress.update(population.people, of: all, "buyers")
        }
        progress.end()
    }

    /// Of all scores, over everybody who has them at the instant, as they are with what has just been fitted.
    private func percentiles(
        by document: CalibrationDocument, _ model: ScoringModel, _ calendar: LocalCalendar, at instant: Int64,
        _ database: Database
    ) throws -> [CalibrationDocument.Percentiles] {
        let calibration: Calibration
        do { calibration = try document.calibration(version: 0) } catch { throw Failure(.failed, error.what) }
        let judge = Judge(model: model, calibration: calibration, calendar: calendar)
        var progress = ProgressLine()
        // With a table of its own to sort in, it cannot be read only.
        try database.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        defer { database.connection.rollback() }
        let all = Int(try database.rows("everybody", "SELECT count(*) FROM profile").int(0, 0))
        var people = 0
        do {
            var values = try ScorePercentiles(database.connection, names: Score.all.map(\.name))
            try database.execute("DECLARE everybody NO SCROLL CURSOR FOR SELECT state FROM profile")
            while true {
                let rows = try database.rows("fetch everybody", "FETCH 10000 FROM everybody")
                if rows.count == 0 { break }
                for row in 0..<rows.count {
                    let profile = try Profile(decoding: rows.bytes(row, 0).span)
                    let evaluation = Evaluation(profile, at: instant, by: judge)
                    values.add(Score.all.map { $0.value(evaluation) })
                }
                try values.flush()
                people += rows.count
                progress.update(people, of: all, "people")
            }
            progress.end()
            return try Score.all.compactMap { score in
                try values.cuts(of: score.name).map {
                    CalibrationDocument.Percentiles(score: score.name, people: $0.people, cuts: $0.cuts)
                }
            }
        } catch let error as EncodingError {
            throw Failure(.failed, "a stored profile cannot be read: \(error)")
        } catch let error as PostgresError {
            throw Failure(error.isDisconnected ? .unreachable : .failed, "\(error)")
        }
    }

    private func store(_ document: CalibrationDocument, at now: Int64, _ database: Database) throws -> Int {
        try database.newVersion(of: "calibration") { version in
            _ = try database.rows(
                "calibrate",
                """
                INSERT INTO calibration (version, document, calibrated_at)
                VALUES ($1::bigint, $2::text::jsonb, $3::timestamptz)
                """, [.int(Int64(version)), .string(document.text), .instant(now)])
        }
    }
}
