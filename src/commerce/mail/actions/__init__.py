"""What mail does: tell, send once, note what came of it, keep templates."""
