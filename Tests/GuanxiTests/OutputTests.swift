import Testing

@testable import guanxi

@Suite struct Tables {
    @Test func columnsAreAsWideAsTheirWidestCell() {
        var table = TextTable([("partition", .left), ("lag", .right), ("note", .left)])
        table.append(["0", "12", "x"])
        table.append(["10", "1,200", ""])
        #expect(
            table.text == """
                partition    lag  note
                ─────────  ─────  ────
                0             12  x
                10         1,200
                """)
    }

    @Test func chineseCharactersTakeTwoColumns() {
        var table = TextTable([("层级", .left), ("n", .right)])
        table.append(["会员", "1"])
        table.append(["fan", "22"])
        #expect(table.text == "层级   n\n────  ──\n会员   1\nfan   22")
    }
}

@Suite struct ExitCodes {
    @Test(
        arguments: [
            (["configuration", "--nothing"], 2), (["nothing"], 2), (["--version"], 0), (["--help"], 0),
        ] as [([String], Int32)])
    func ofUsage(arguments: [String], code: Int32) async {
        #expect(await Program.run(arguments) == code)
    }
}
