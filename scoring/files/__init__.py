"""Files -> checked content: answer keys, participants' files in every layout, declared exclusions."""
