"""What staff decide about one digest: approve, steer, change, correct, test, stop."""
