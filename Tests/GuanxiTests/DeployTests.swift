import Foundation
import Testing

@Suite struct DeploymentFiles {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// What `scripts/check-deploy` says of a folder.
    private func check(_ folder: URL) throws -> (code: Int32, text: String) {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", Self.root.appending(path: "scripts/check-deploy").path, folder.path]
        let pipe = Pipe()
        process.standardError = pipe
        process.standardOutput = pipe
        try process.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text)
    }

    @Test func areInOrder() throws {
        let result = try check(Self.root)
        #expect(result.code == 0, "\(result.text)")
    }

    /// Each fault put into a copy must be found, or the check proves nothing.
    @Test(arguments: [
        ("docker-compose.yml", "image: apache/kafka:3.9.1", "image: apache/kafka", "apache/kafka is not pinned"),
        ("docker-compose.yml", "image: apache/kafka:3.9.1", "image: apache/kafka:latest", "is not pinned"),
        ("docker-compose.yml", "    read_only: true\n", "", "read_only: true is missing"),
        ("docker-compose.yml", "cap_drop: [\"ALL\"]", "cap_drop: []", "cap_drop"),
        ("docker-compose.yml", "      test: [\"CMD\", \"healthcheck\"]\n", "", "worker: no health check"),
        ("docker-compose.yml", "POSTGRES_USER: guanxi", "POSTGRES_PASSWORD: hunter2", "writes a secret down"),
        (
            "docker-compose.yml", "      topic:\n        condition", "      tipoc:\n        condition",
            "which is no service"
        ),
        ("docker-compose.yml", "replicas: 2", "replicas: 1", "two replicas"),
        ("docker-compose.yml", "\"127.0.0.1:5432:5432\"", "\"5432:5432\"", "open to the network"),
        ("docker-compose.yml", "    restart: \"no\"", "   restart: \"no\"", "indentation"),
        ("docker-compose.yml", "name: guanxi", "name: guanxi\nname: twice", "given twice"),
        ("deploy/Dockerfile", "USER 65532:65532\n", "", "USER must be a number"),
        ("deploy/Dockerfile", "USER 65532:65532", "USER root", "USER must be a number"),
        ("deploy/Dockerfile", "debian:bookworm-20250520-slim", "debian:latest", "is not pinned"),
        ("deploy/Dockerfile", "CMD [\"worker\"]", "CMD worker", "swallow signals"),
        ("deploy/Dockerfile", "COPY Sources Sources", "COPY Source Sources", "copies Source, which does not exist"),
        ("deploy/Dockerfile", "ENV GUANXI_METRICS_HOST", "ENV DB_PASSWORD=x GUANXI_METRICS_HOST", "writes a secret"),
    ])
    func aFaultIsFound(file: String, text: String, fault: String, finding: String) throws {
        let copy = URL(filePath: NSTemporaryDirectory()).appending(path: "check-deploy-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: copy) }
        try FileManager.default.createDirectory(at: copy, withIntermediateDirectories: true)
        for name in ["docker-compose.yml", "deploy", "Package.swift"] {
            try FileManager.default.copyItem(at: Self.root.appending(path: name), to: copy.appending(path: name))
        }
        for name in ["Sources", "Tests"] {
            try FileManager.default.createDirectory(
                at: copy.appending(path: name), withIntermediateDirectories: true)
        }
        let path = copy.appending(path: file)
        let whole = try String(contentsOf: path, encoding: .utf8)
        #expect(whole.contains(text), "\(text)")
        try whole.replacing(text, with: fault).write(to: path, atomically: true, encoding: .utf8)
        let result = try check(copy)
        #expect(result.code == 1)
        #expect(result.text.contains(finding), "\(result.text)")
    }
}
