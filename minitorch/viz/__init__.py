"""Pictures of trainings; they need matplotlib, which is imported when one is drawn."""
