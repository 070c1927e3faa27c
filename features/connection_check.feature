Feature: Connection check
  A call that sets a URI tries it at once: a ConnectionTest message in the
  queue, a temporary test blob in the container.
  Guide: "Verify the connection".

  @CVSI-CONNECT-01 @must @notifications
  Rule: CreateProject with a queue puts a ConnectionTest message into it

    Scenario: A created project sends a ConnectionTest message
      Given a notification queue
      When a project is created with its URIs
      Then the queue holds a ConnectionTest message

  @CVSI-CONNECT-02 @must @notifications
  Rule: The ConnectionTest message has the documented form and names the project

    Scenario: The ConnectionTest message names the created project
      Given a notification queue
      When a project is created with its URIs
      Then every ConnectionTest message has the documented form
      And the ConnectionTest message names the project

  @CVSI-CONNECT-03 @must @notifications
  Rule: An update that sets a queue puts a ConnectionTest message into that queue

    Scenario: An update that sets a queue sends a ConnectionTest message
      Given a project that has no integration yet
      When it is updated with the guide's whole body
      Then the queue holds a ConnectionTest message
      And the ConnectionTest message names the project

    Scenario: An update that moves to another queue tries that one
      Given an integrated project
      When it is moved to other storage
      Then the new queue holds a ConnectionTest message

  @CVSI-CONNECT-04 @should @notifications
  Rule: One call sends one ConnectionTest message, soon after its answer

    Scenario: A create sends a single ConnectionTest message
      Given a notification queue
      When a project is created with its URIs
      Then the queue holds exactly one ConnectionTest message
      And the ConnectionTest message came within its budget

    Scenario: An update that sets a queue sends a single ConnectionTest message
      Given a project that has no integration yet
      When it is updated with the guide's whole body
      Then the queue holds exactly one ConnectionTest message
      And the ConnectionTest message came within its budget

  @CVSI-CONNECT-05 @must @backup
  Rule: CreateProject with a container puts a test blob into its test-permission folder

    Scenario: A created project writes a test blob
      Given a backup container
      When a project is created with its URIs
      Then a test blob appeared in the test-permission folder

  @CVSI-CONNECT-06 @must @backup
  Rule: The test blob is temporary

    Scenario: The test blob of a created project is removed
      Given a backup container
      When a project is created with its URIs
      Then the test blob is gone

  @CVSI-CONNECT-07 @must @backup
  Rule: An update that sets a container puts the test blob into that container

    Scenario: An update that sets a container writes a test blob
      Given a project that has no integration yet
      When it is updated with the guide's whole body
      Then a test blob appeared in the test-permission folder

    Scenario: An update that moves to another container tries that one
      Given an integrated project
      When it is moved to other storage
      Then a test blob appeared in the new container

  @CVSI-CONNECT-08 @should @backup
  Rule: The connection check leaves nothing else behind in the container

    Scenario: A created project leaves its container empty
      Given a backup container
      When a project is created with its URIs
      Then the connection check left nothing behind
