import Ingest
import Scoring

/// From the documents in the database to what people are judged by.
struct DefinitionReader: Sendable {
    /// Whether who never said anything may be written to: a setting of the deployment, not of the document.
    let isConsentOpen: Bool

    /// - Parameters: the texts as stored; nil where nothing was applied or calibrated yet.
    /// - Throws: what cannot be read: a document of a newer program, or one that was tampered with.
    func read(_ versions: Versions, model: String?, calibration: String?) throws -> Definitions {
        var definitions = Definitions()
        definitions.versions = versions
        if let model { definitions.model = try ModelDocument.read(model, path: "definition \(versions.model)") }
        definitions.model.isConsentOpen = isConsentOpen
        if let calibration {
            definitions.calibration = try CalibrationDocument.read(calibration).calibration(
                version: versions.calibration)
        }
        return definitions
    }
}

/// Every version there was, as far as it is asked for.
struct DefinitionHistory {
    private let reader: DefinitionReader
    private var models: [Int: String] = [:]
    private var calibrations: [Int: String] = [:]

    init(_ database: Database, _ reader: DefinitionReader) throws {
        self.reader = reader
        let documents = try database.rows("definitions", "SELECT version, model FROM definition")
        for row in 0..<documents.count { models[Int(documents.int(row, 0))] = documents.string(row, 1) }
        let snapshots = try database.rows("calibrations", "SELECT version, document::text FROM calibration")
        for row in 0..<snapshots.count { calibrations[Int(snapshots.int(row, 0))] = snapshots.string(row, 1) }
    }

    /// The greatest of each.
    var newest: Versions { Versions(model: models.keys.max() ?? 0, calibration: calibrations.keys.max() ?? 0) }

    func definitions(_ versions: Versions) throws -> Definitions {
        do {
            return try reader.read(
                versions, model: models[versions.model], calibration: calibrations[versions.calibration])
        } catch {
            throw Failure(.failed, "the stored definitions cannot be read: \(error)")
        }
    }
}
