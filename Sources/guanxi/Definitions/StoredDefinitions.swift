import Ingest
import ProfileTables
import Profiles
import Scoring
import Segments

/// From the documents in the database to what people are judged by.
struct DefinitionReader: Sendable {
    let rules: FoldRules
    /// Whether who never said anything may be written to: a setting of the deployment, not of the document.
    let isConsentOpen: Bool

    /// - Throws: what cannot be read: a document of a newer program, or one that was tampered with.
    func read(_ stored: StoredDefinitions) throws -> Definitions {
        var definitions = try read(stored.versions, stored.modelVersion, stored.model, stored.calibration)
        definitions.segments = try segments(stored, definitions.calibration)
        return definitions
    }

    /// Without segments.
    fileprivate func read(
        _ versions: Versions, _ modelVersion: Int, _ model: String?, _ calibration: String?
    ) throws -> Definitions {
        var definitions = Definitions()
        definitions.versions = versions
        definitions.modelVersion = modelVersion
        if let model { definitions.model = try ModelDocument.read(model, path: "definition \(modelVersion)") }
        definitions.model.isConsentOpen = isConsentOpen
        if let calibration {
            definitions.calibration = try CalibrationDocument.read(calibration).calibration(
                version: versions.calibration)
        }
        return definitions
    }

    /// Conditions by the document that brought them; the newest where it says the same. A segment is called by its id
    /// and the version of the document, so that it may name what has another meaning today.
    private func segments(_ stored: StoredDefinitions, _ calibration: Calibration?) throws -> LiveSegments {
        guard let newest = stored.documents.keys.max(), !stored.revisions.isEmpty else { return LiveSegments() }
        var digests: [Int: [String: String]] = [:]
        var documents: [Int: [Segment]] = [:]
        func load(_ version: Int) throws {
            guard documents[version] == nil, let text = stored.documents[version] else { return }
            let document = try SegmentDocument.read(text, path: "definition \(version)", rules)
            digests[version] = document.digests
            documents[version] = document.segments.map { segment in
                Segment(
                    id: "\(segment.id)@\(version)", name: segment.name,
                    condition: segment.condition.naming { "\($0)@\(version)" })
            }
        }
        try load(newest)
        var watched: [String] = []
        for revision in stored.revisions {
            var version = newest
            if digests[newest]?[revision.id] != revision.digest {
                version = revision.version
                try load(version)
            }
            guard digests[version]?[revision.id] == revision.digest else { throw OtherReading(revision: revision) }
            watched.append("\(revision.id)@\(version)")
        }
        let program = SegmentProgram(
            documents.keys.sorted().flatMap { documents[$0]! }, watching: watched, calibration: calibration)
        return LiveSegments(stored.revisions, program)
    }

    /// A segment means something else to this program than to the one that applied it.
    struct OtherReading: Error, CustomStringConvertible {
        let revision: SegmentRevision
        var description: String {
            "segment \(revision.id) of version \(revision.version) is not what the program that applied it read: "
                + "workers and commands must be of one version of guanxi"
        }
    }
}

/// What is in force, and every model and calibration there was.
struct DefinitionHistory {
    private let reader: DefinitionReader
    let stored: StoredDefinitions
    private var models: [Int: String] = [:]
    private var calibrations: [Int: String] = [:]

    /// - Parameter database: in no transaction.
    init(_ database: Database, _ reader: DefinitionReader) throws {
        self.reader = reader
        let documents = try database.rows(
            "definitions", "SELECT version, model FROM definition WHERE model IS NOT NULL")
        for row in 0..<documents.count { models[Int(documents.int(row, 0))] = documents.string(row, 1) }
        let snapshots = try database.rows("calibrations", "SELECT version, document::text FROM calibration")
        for row in 0..<snapshots.count { calibrations[Int(snapshots.int(row, 0))] = snapshots.string(row, 1) }
        stored = try database.storedDefinitions()
    }

    func inForce() throws -> Definitions { try readable { try reader.read(stored) } }

    /// The document of segments in force; nil where none was applied.
    func segments() throws -> SegmentDocument? {
        guard let version = stored.documents.keys.max() else { return nil }
        return try readable {
            try SegmentDocument.read(stored.documents[version]!, path: "definition \(version)", reader.rules)
        }
    }

    /// What somebody was evaluated with; with segments only where that is in force.
    func definitions(_ versions: Versions) throws -> Definitions {
        if versions == stored.versions { return try inForce() }
        let model = models.keys.filter { $0 <= versions.definitions }.max() ?? 0
        return try readable {
            try reader.read(versions, model, models[model], calibrations[versions.calibration])
        }
    }

    private func readable<Result>(_ body: () throws -> Result) throws -> Result {
        do { return try body() } catch {
            throw Failure(.failed, "the stored definitions cannot be read: \(error)")
        }
    }
}
