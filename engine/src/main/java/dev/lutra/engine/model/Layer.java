package dev.lutra.engine.model;

/** One transformer layer. */
record Layer(AttentionLayer attention, FeedForward feedForward) {}
