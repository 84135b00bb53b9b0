package io.duet.checker;

import java.util.List;

/** Decides from a journal and the truth, and from nothing else. Pure; the journal must rest meanwhile. */
final class Judge {

    private Judge() {}

    static Findings judge(World world, Texts texts, Journal journal, Truth truth) {
        Findings findings = new Findings(journal);
        Past past = new Past(journal, world);
        Rows rows = new Rows(world, truth, journal.entries(), journal);
        run(
                journal,
                past,
                List.of(
                        new StorageRules(world, texts, journal, truth, rows, findings),
                        new StreamRules(world, journal, past, rows, findings),
                        new ReceiptRules(world, journal, past, rows, truth, findings),
                        new ConductRules(world, journal, past, findings)));
        return findings;
    }

    /** Only what has been delivered and read. */
    static Findings judgeReceipts(World world, Journal journal, Truth truth) {
        Findings findings = new Findings(journal);
        Past past = new Past(journal, world);
        Rows rows = new Rows(world, truth, journal.entries(), journal);
        run(journal, past, List.of(new ReceiptRules(world, journal, past, rows, truth, findings)));
        return findings;
    }

    private static void run(Journal journal, Past past, List<Rule> rules) {
        List<Journal.Entry> entries = journal.entries();
        for (int i = 0; i < entries.size(); i++) {
            Journal.Entry entry = entries.get(i);
            past.apply(entry);
            for (Rule rule : rules) {
                rule.on(i, entry);
            }
        }
        rules.forEach(Rule::end);
    }
}
