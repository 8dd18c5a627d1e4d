"""Accuracy: decode once, preprocess as TFLite's evaluation tool does, evaluate many models."""
