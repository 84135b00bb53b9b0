package io.duet.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import io.duet.system.client.Duet;
import io.duet.system.client.DuetClient;
import io.duet.system.client.Json;
import io.duet.system.client.Person;
import io.duet.system.client.Rest;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/** {@code duet-client.js} by itself, without any page of ours around it, in a real browser against the real server. */
@ExtendWith({SharedServers.class, Browsing.class})
class ClientLibraryTest {

    /** A document of the server's origin in which none of our programs runs. */
    private static final String BLANK = "favicon.svg";

    private static final String MODULE =
            "const { DuetClient, MemoryStorage, Refused, signIn } = await import('/duet-client.js');";

    private static Page blank(Visitors visitors) {
        Visitor visitor = visitors.newcomer("library");
        visitor.expect("favicon.ico");
        return visitor.visit(BLANK);
    }

    private static Object run(Page page, String script, Object argument) {
        return page.evaluate("async (given) => { " + MODULE + script + " }", argument);
    }

    private static Map<String, Object> given(Person person, UUID conversation) {
        return Map.of(
                "server", person.duet().base().toString() + "/",
                "token", person.token(),
                "conversation", conversation.toString());
    }

    @Test
    void sendsOnceThoughTheProgramEndsBeforeTheAnswer(Visitors visitors, Duet duet) throws Exception {
        Person alice = duet.register();
        Person bob = duet.register();
        UUID conversation = alice.conversationWith(bob);
        Visitor visitor = visitors.newcomer("library");
        // The program may end while it is connecting
        visitor.expect("favicon.ico|WebSocket is closed before");
        Page page = visitor.visit(BLANK);
        String id = (String) run(page, """
                const client = await new DuetClient(given).start();
                client.parts.connection.stop();
                const entry = await client.write(given.conversation, 'only once');
                client.stop();
                return entry.client_message_id;
                """, given(alice, conversation));
        page.reload();
        try (DuetClient receiver = bob.online()) {
            JsonNode sent = parse(run(page, """
                    const client = await new DuetClient(given).start();
                    const [entry] = client.outbox.of(given.conversation);
                    const message = entry ? await client.outbox.stored(entry) : (await client.history.before(given.conversation))[0];
                    const again = await client.send(given.conversation, 'and this');
                    client.stop();
                    return JSON.stringify([message, again]);
                    """, given(alice, conversation)));
            assertThat(sent.get(0).get("client_message_id").asString()).isEqualTo(id);
            assertThat(sent.get(1).get("sequence_number").asInt()).isEqualTo(2);
            receiver.expect(
                    "new_message", message -> message.get("content").asString().equals("only once"));
            receiver.expect(
                    "new_message", message -> message.get("content").asString().equals("and this"));
        }
    }

    @Test
    void whatIsConfirmedWhileAnotherTabBeginsIsNotOnItsWayThere(Visitors visitors, Duet duet) {
        Person alice = duet.register();
        UUID conversation = alice.conversationWith(duet.register());
        Object sizes = run(blank(visitors), """
                const { IndexedDbStorage } = await import('/client/indexed-db.js');
                const first = await new DuetClient(given).start();
                await first.next('caughtUp');
                first.parts.connection.stop();
                await first.write(given.conversation, 'on its way');
                // The second tab reads what is on its way, and then nothing for a while
                const { list } = IndexedDbStorage.prototype;
                let goOn;
                const mayGoOn = new Promise((resolve) => (goOn = resolve));
                const hasRead = new Promise((resolve) => {
                  IndexedDbStorage.prototype.list = async function (table, ...bounds) {
                    const rows = await list.call(this, table, ...bounds);
                    if (table === 'outbox') {
                      resolve(rows.length);
                      await mayGoOn;
                    }
                    return rows;
                  };
                });
                const starting = new DuetClient(given).start();
                const read = await hasRead;
                const stored = first.next('message');
                first.parts.connection.start();
                await stored;
                goOn();
                const second = await starting;
                const deadline = new Promise((resolve) => setTimeout(resolve, 5000));
                if (second.outbox.size) await Promise.race([second.next('outbox'), deadline]);
                const here = second.outbox.size;
                first.stop();
                second.stop();
                return read + ', ' + here;
                """, given(alice, conversation));
        assertThat(sizes).as("read, and then on its way").isEqualTo("1, 0");
    }

    @Test
    void aTabThatHasLostTheConnectionDoesNotTellTheOneThatHasIt(Visitors visitors, Duet duet) {
        Person alice = duet.register();
        UUID conversation = alice.conversationWith(duet.register());
        Object state = run(blank(visitors), """
                const first = await new DuetClient(given).start();
                await first.next('caughtUp');
                const second = await new DuetClient(given).start();
                if (second.state.name !== 'online') await second.next('state', ({ name }) => name === 'online');
                const heard = first.parts.tabs.next('told', ({ state }) => state);
                second.parts.tabs.tell({ state: { name: 'displaced' } });
                await heard;
                const told = second.next('state', ({ name }) => name === 'displaced');
                first.parts.tabs.tell({ state: { name: 'displaced' } });
                await told;
                const leader = first.state.name;
                first.stop();
                second.stop();
                return leader;
                """, given(alice, conversation));
        assertThat(state).isEqualTo("online");
    }

    private static JsonNode parse(Object json) {
        return Json.parse((String) json);
    }

    @Test
    void acknowledgesOnlyWhatIsStored(Visitors visitors, Duet duet) throws Exception {
        Person alice = duet.register();
        Person bob = duet.register();
        UUID conversation = alice.conversationWith(bob);
        Page page = blank(visitors);
        try (DuetClient sender = alice.online()) {
            sender.say(conversation, "first");
            Object outcome = run(page, """
                    class Broken extends MemoryStorage {
                      broken = false;
                      async keep(changes) { if (this.broken && changes.some(({ table }) => table === 'messages')) throw new Error('disk full'); }
                    }
                    const storage = new Broken();
                    const client = new DuetClient({ ...given, storage });
                    client.on('message', () => {});
                    await client.start();
                    await client.next('caughtUp');
                    storage.broken = true;
                    window.client = client;
                    return 'ready';
                    """, given(bob, conversation));
            assertThat(outcome).isEqualTo("ready");
            page.evaluate("() => { window.failed = window.client.next('failed'); }");
            sender.say(conversation, "not stored");
            page.evaluate("() => window.failed.then(() => 'failed')");
            assertThat(alice.conversation(conversation)
                            .get("peer_delivered_sequence")
                            .asInt())
                    .as("not acknowledged")
                    .isZero();
            page.evaluate("() => window.client.stop()");
        }
    }

    @Test
    void handsTheServersRefusalToTheProgram(Visitors visitors, Duet duet) {
        Person alice = duet.register();
        UUID conversation = alice.conversationWith(duet.register());
        Object code = run(blank(visitors), """
                const client = await new DuetClient({ ...given, storage: new MemoryStorage() }).start();
                const code = await client.send(given.conversation, ' ').catch((error) => error instanceof Refused && error.code);
                client.stop();
                return code;
                """, given(alice, conversation));
        assertThat(code).isEqualTo("content_empty");
    }

    @Test
    void asksItsSourceForAFreshTokenWhenTheSessionHasEnded(Visitors visitors, Duet duet) {
        Person alice = duet.register();
        UUID conversation = alice.conversationWith(duet.register());
        Visitor visitor = visitors.newcomer("library");
        visitor.expect("favicon.ico|status of 401");
        Page page = visitor.visit(BLANK);
        Object outcome = run(
                page,
                """
                let asked = 0;
                const token = async () => { asked++; return (await signIn(given)).access_token; };
                const client = await new DuetClient({ server: given.server, token, storage: new MemoryStorage() }).start();
                await client.send(given.conversation, 'before');
                // A server may take a second or two to close the connections of a session that has ended
                const renewed = client.next('token');
                await client.rest.delete('sessions');
                const [message] = await Promise.all([client.send(given.conversation, 'after'), renewed]);
                // A browser complains of a connection that is given up before it is there
                if (client.state.name !== 'online') await client.next('state', ({ name }) => name === 'online');
                client.stop();
                return message.sequence_number + ' of ' + asked;
                """,
                Map.of(
                        "server", duet.base().toString() + "/",
                        "username", alice.username(),
                        "password", alice.password(),
                        "conversation", conversation.toString()));
        assertThat(outcome).isEqualTo("2 of 2");
    }

    @Test
    void tellsReadAtMostEveryTwoSecondsAndAtOnceWhenThePageGoes(Visitors visitors, Duet duet) throws Exception {
        Person alice = duet.register();
        Person bob = duet.register();
        UUID conversation = alice.conversationWith(bob);
        Page page = blank(visitors);
        try (DuetClient sender = alice.online()) {
            for (int n = 1; n <= 5; n++) {
                sender.say(conversation, "message " + n);
            }
            run(page, """
                    const client = (window.client = await new DuetClient(given).start());
                    await client.next('conversations', () => client.conversations.get(given.conversation)?.last_sequence === 5);
                    """, given(bob, conversation));
            page.evaluate(
                    "id => [1, 2, 3, 4].forEach((sequence) => window.client.read(id, sequence))",
                    conversation.toString());
            JsonNode read = sender.expect("read");
            assertThat(read.get("last_read_sequence").asInt())
                    .as("one receipt for all")
                    .isEqualTo(4);
            page.evaluate("id => window.client.read(id, 5)", conversation.toString());
            // Of a page that is closed Chromium waits half a second at most before it goes without a word
            page.reload();
            assertThat(sender.expect("read").get("last_read_sequence").asInt()).isEqualTo(5);
            assertThat(sender.received("read")).hasSize(2);
        }
    }

    @Test
    void countsCodePointsAndKnowsWhatIsEmpty(Visitors visitors) {
        assertThat(blank(visitors).evaluate("""
                async () => {
                  const { codePoints, isBlank } = await import('/duet-client.js');
                  return [codePoints(''), codePoints('a😀e\\u0301'), codePoints('\\ud800x\\udc00'),
                    isBlank(' \\n\\u200b\\u2800\\ufeff'), isBlank('.')];
                }""")).isEqualTo(List.of(0, 4, 3, true, false));
    }

    @Test
    void canBeTakenAsAPackage(Duet duet) {
        Rest.Answer answer = duet.rest().get("/package.json", null);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.raw()).contains("\"./duet-client.js\"");
    }
}
