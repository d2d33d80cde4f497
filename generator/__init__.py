"""From a network and pictures to experiments on whether people understand single neurons."""
