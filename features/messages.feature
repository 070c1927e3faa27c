Feature: Queue messages
  What holds for every message that the service puts into a queue.
  Guide: the JSON documents of "Verify the connection", "Get event
  notifications" and "Get model export backups".

  @CVSI-MESSAGE-01 @must @notifications
  Rule: Every message is one JSON document in UTF-8, as plain text or as Base64 of it

    Scenario: The messages of a project's whole life are JSON
      Given a project with a notification queue
      And it has been trained
      When its export completes
      Then every message is one JSON document in UTF-8

  @CVSI-MESSAGE-02 @should @notifications
  Rule: All messages use the same encoding and none begins with a byte-order mark

    Scenario: The messages of a project's whole life are encoded alike
      Given a project with a notification queue
      And it has been trained
      When its export completes
      Then all messages use the same encoding
      And no message begins with a byte-order mark

  @CVSI-MESSAGE-03 @should @notifications
  Rule: No message carries a secret

    Scenario: The messages of a project's whole life carry no secret
      Given a project with a notification queue
      And it has been trained
      When its export completes
      Then no message carries a secret

  @CVSI-MESSAGE-04 @should @notifications
  Rule: Projects that run side by side get their own messages and no other's

    Scenario: Two projects work side by side
      Given two projects with a queue each
      And they have been trained
      When their exports complete
      Then each queue holds the messages of its own project only
