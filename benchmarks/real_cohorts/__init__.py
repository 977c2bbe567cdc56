"""What models reach on real, open cohorts, each chosen without a look at the patients it is judged on."""
