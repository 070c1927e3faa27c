Feature: Connection check
  A call that sets a storage URI tests the connection at once: it sends a
  ConnectionTest message to the queue and writes a temporary test blob to the
  container.
  Guide: "Verify the connection".

  @CVSI-CONNECT-01 @must @notifications
  Rule: CreateProject with a queue sends a ConnectionTest message to that queue
    The queue holds it within the budget `connection-test`.

    Scenario: A created project sends a ConnectionTest message
      Given the storage of the profile under test
      When a project is created with the URIs of that storage
      Then the queue holds a ConnectionTest message

    Scenario: A project created with only a queue sends a ConnectionTest message
      Given a queue
      When a project is created with only the queue URI
      Then the queue holds a ConnectionTest message

  @CVSI-CONNECT-02 @must @notifications
  Rule: The ConnectionTest message matches the documented schema and has the id of the project
    Its `version` is "1.0", its `type` is "ConnectionTest", and `Content.projectId` is the project's id.
    All members are spelled exactly like this.

    Scenario: The ConnectionTest message has the id of the created project
      Given the storage of the profile under test
      When a project is created with the URIs of that storage
      Then every ConnectionTest message matches the documented schema
      And the ConnectionTest message has the id of the project

    Scenario: The ConnectionTest message of an update has the id of the updated project
      Given a project without storage integration
      When it is updated with the complete request body of the guide
      Then every ConnectionTest message matches the documented schema
      And the ConnectionTest message has the id of the project

  @CVSI-CONNECT-03 @must @notifications
  Rule: An update that sets a queue sends a ConnectionTest message to that queue
    The queue holds it within the budget `connection-test`.

    Scenario: An update that sets a queue sends a ConnectionTest message
      Given a project without storage integration
      When it is updated with the complete request body of the guide
      Then the queue holds a ConnectionTest message

    Scenario: An update to another queue sends a ConnectionTest message to the new queue
      Given a project with storage integration
      When it is updated to use another queue and container
      Then the new queue holds a ConnectionTest message

  @CVSI-CONNECT-04 @should @notifications
  Rule: One call sends exactly one ConnectionTest message

    Scenario: A create sends a single ConnectionTest message
      Given the storage of the profile under test
      When a project is created with the URIs of that storage
      Then the queue holds exactly one ConnectionTest message

    Scenario: An update that sets a queue sends a single ConnectionTest message
      Given a project without storage integration
      When it is updated with the complete request body of the guide
      Then the queue holds exactly one ConnectionTest message

  @CVSI-CONNECT-05 @must @backup
  Rule: CreateProject with a container writes a test blob to its test-permission folder

    Scenario: A created project writes a test blob
      Given the storage of the profile under test
      When a project is created with the URIs of that storage
      Then a test blob appeared in the test-permission folder

  @CVSI-CONNECT-06 @must @backup
  Rule: The test blob is temporary
    It is deleted within the budget `test-blob`.

    Scenario: The test blob of a created project is deleted
      Given the storage of the profile under test
      When a project is created with the URIs of that storage
      Then the test blob was deleted within the test-blob budget

    Scenario: The test blob of an updated project is deleted
      Given a project without storage integration
      When it is updated with the complete request body of the guide
      Then the test blob was deleted within the test-blob budget

  @CVSI-CONNECT-07 @must @backup
  Rule: An update that sets a container writes the test blob to that container

    Scenario: An update that sets a container writes a test blob
      Given a project without storage integration
      When it is updated with the complete request body of the guide
      Then a test blob appeared in the test-permission folder

    Scenario: An update to another container writes a test blob to the new container
      Given a project with storage integration
      When it is updated to use another queue and container
      Then a test blob appeared in the new container

  @CVSI-CONNECT-08 @should @backup
  Rule: The connection check leaves the container empty

    Scenario: The container of a created project is empty after the connection check
      Given the storage of the profile under test
      When a project is created with the URIs of that storage
      Then the container is empty after the connection check

    Scenario: The container of an updated project is empty after the connection check
      Given a project without storage integration
      When it is updated with the complete request body of the guide
      Then the container is empty after the connection check
