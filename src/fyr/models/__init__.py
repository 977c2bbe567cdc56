"""What a model is: card, typed inputs, estimate or refusal, registry, batch runs."""
