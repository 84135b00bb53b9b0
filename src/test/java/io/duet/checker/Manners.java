package io.duet.checker;

import java.util.Random;

/**
 * How a device behaves on one connection.
 *
 * @param tellsWhatItHas whether {@code connect} has {@code last_sequences}
 * @param lifeMillis after that it goes
 * @param awayMillis then it stays away for so long; −1: until everything rests
 */
record Manners(Acks acks, boolean tellsWhatItHas, End end, long lifeMillis, long awayMillis) {

    enum Acks {
        AT_ONCE,
        ONE_BY_ONE,
        SOON,
        LATE,
        NEVER
    }

    enum End {
        GOODBYE,
        RESET,
        WITHOUT_A_WORD,
        DISPLACED
    }

    static Manners draw(Random random) {
        int acks = random.nextInt(100);
        int end = random.nextInt(100);
        int away = random.nextInt(100);
        return new Manners(
                acks < 30
                        ? Acks.AT_ONCE
                        : acks < 50 ? Acks.ONE_BY_ONE : acks < 80 ? Acks.SOON : acks < 92 ? Acks.LATE : Acks.NEVER,
                random.nextInt(100) < 30,
                end < 40 ? End.GOODBYE : end < 60 ? End.RESET : end < 80 ? End.WITHOUT_A_WORD : End.DISPLACED,
                500 + (long) (-15_000 * Math.log(1 - random.nextDouble())),
                away < 60
                        ? random.nextInt(300)
                        : away < 88 ? 1_000 + random.nextInt(4_000) : away < 97 ? 5_000 + random.nextInt(15_000) : -1);
    }
}
