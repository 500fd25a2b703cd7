package io.weir.bench.start;

/** The least that a JVM can do for somebody who waits for it. */
public final class Word {
    private Word() {}

    /** Prints a word. */
    public static void main(String[] args) {
        System.out.println("word");
    }
}
