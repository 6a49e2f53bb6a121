package org.factoredos.kernel;

/**
 * Carries frames between nodes (§3.1.4, platform dependent): it may lose, repeat, delay and reorder them. What it must not
 * do is alter one.
 */
@FunctionalInterface
public interface Transport {
    void transmit(Frame frame);
}
