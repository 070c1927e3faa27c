Feature: Queue messages
  The requirements of every message that the service puts into a queue.
  Guide: the JSON documents of "Verify the connection", "Get event
  notifications" and "Get model export backups".

  @CVSI-MESSAGE-01 @must @notifications
  Rule: Every message is one JSON document in UTF-8, as plain text or as Base64 of it
    Members beyond the documented ones are allowed.

    Scenario: The messages of a project from creation to export are JSON
      Given a project with storage integration
      And it has been trained
      When it is exported and the export completes
      Then every message is one JSON document in UTF-8

  @CVSI-MESSAGE-02 @should @notifications
  Rule: All messages use the same encoding

    Scenario: The messages of a project from creation to export have one encoding
      Given a project with storage integration
      And it has been trained
      When it is exported and the export completes
      Then all messages use the same encoding

  @CVSI-MESSAGE-03 @should @notifications
  Rule: No message carries a secret
    Secrets are the training key, a storage key, and a SAS other than that of a `modelUri` without a container.

    Scenario: The messages of a project from creation to export carry no secret
      Given a project with storage integration
      And it has been trained
      When it is exported and the export completes
      Then no message carries a secret

  @CVSI-MESSAGE-04 @should @notifications
  Rule: Projects that work in parallel get their own messages only, each in its own queue

    Scenario: Two projects work in parallel
      Given two projects with a queue each
      And they have been trained
      When they are exported and the exports complete
      Then each queue holds the messages of its own project only

  @CVSI-MESSAGE-05 @should @notifications
  Rule: No message begins with a byte-order mark

    Scenario: The messages of a project from creation to export have no byte-order mark
      Given a project with storage integration
      And it has been trained
      When it is exported and the export completes
      Then no message begins with a byte-order mark

  @CVSI-MESSAGE-06 @should @notifications
  Rule: Messages stay in the queue
    While the run observes the queue, no message expires, the service deletes none, and none is invisible beyond the
    budget of its arrival.

    Scenario: The messages of a project from creation to export stay
      Given a project with storage integration
      And it has been trained
      When it is exported and the export completes
      Then every message stays in the queue

  @CVSI-MESSAGE-07 @should
  Rule: No member occurs twice in a message or in an API response
    RFC 8259 says that the names within an object should be unique. Readers differ in which of two members they use.

    @notifications
    Scenario: The messages of a project from creation to export have no duplicate member
      Given a project with storage integration
      And it has been trained
      When it is exported and the export completes
      Then no member occurs twice in a message

    Scenario: The API responses from creation to export have no duplicate member
      Given a project with storage integration
      And it has been trained
      When it is exported and the export completes
      Then no member occurs twice in an API response

  @CVSI-MESSAGE-08 @should @notifications
  Rule: Two projects may name the same queue, and each gets its messages in it

    Scenario: Two projects share a queue
      Given two projects that share a queue
      And they have been trained
      When they are exported and the exports complete
      Then the queue holds a ConnectionTest message of each project
      And the queue holds a Training message of each project
      And the queue holds an Export message of each project
