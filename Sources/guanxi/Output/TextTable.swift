/// Rows of text under headings, in columns as wide as their widest cell.
struct TextTable {
    enum Alignment { case left, right }

    let columns: [(heading: String, alignment: Alignment)]
    private(set) var rows: [[String]] = []

    init(_ columns: [(heading: String, alignment: Alignment)]) { self.columns = columns }

    mutating func append(_ row: [String]) {
        precondition(row.count == columns.count, "a row has one cell a column")
        rows.append(row)
    }

    /// Headings, a rule, and the rows; no spaces at line ends.
    var text: String {
        let all = [columns.map(\.heading)] + rows
        let widths = columns.indices.map { column in all.map { Self.width($0[column]) }.max() ?? 0 }
        func line(_ cells: [String]) -> String {
            var line = ""
            for (index, cell) in cells.enumerated() {
                let padding = String(repeating: " ", count: widths[index] - Self.width(cell))
                line += (index == 0 ? "" : "  ") + (columns[index].alignment == .left ? cell + padding : padding + cell)
            }
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
        let rule = widths.map { String(repeating: "─", count: $0) }
        return ([line(all[0]), line(rule)] + rows.map(line)).joined(separator: "\n")
    }

    /// Columns of a terminal: Chinese, Japanese and Korean characters take two.
    static func width(_ text: String) -> Int {
        text.unicodeScalars.reduce(0) { width, scalar in
            switch scalar.value {
            case 0x1100...0x115f, 0x2e80...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f, 0xff00...0xff60,
                0xffe0...0xffe6, 0x1f300...0x1faff, 0x20000...0x3fffd:
                width + 2
            case 0x300...0x36f: width
            default: width + 1
            }
        }
    }
}
