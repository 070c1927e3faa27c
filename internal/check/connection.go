package check

// ConnectionTestNamesProject requires that Content.projectId of the ConnectionTest message is the id of the project.
func ConnectionTestNamesProject() Check {
	return messageCheck("connection-test-names-project", ConnectionTest, func(c *Case, p project, m message) *Problem {
		return sameGUID(c, m, "projectId", p.id)
	})
}

// OneConnectionTest requires that the create or update of the situation sent exactly one ConnectionTest message.
func OneConnectionTest() Check {
	return projectCheck("one-connection-test", func(c *Case, p project) *Problem {
		return countProblem(c, "exactly one ConnectionTest message", 1, c.relevantMessages(ConnectionTest, p))
	})
}
