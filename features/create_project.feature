Feature: CreateProject with storage integration
  CreateProject takes two optional parameters, notificationQueueUri and
  exportModelContainerUri, and shows them in its answer.
  Guide: "Integrate Custom Vision project", create.

  @CVSI-CREATE-01 @must @notifications @backup
  Rule: CreateProject that carries both URIs answers 200 with a project that has an id

    Scenario: A project is created with a queue and a container
      Given a notification queue and a backup container
      When a project is created with both URIs
      Then the answer is 200 with a project that has an id

  @CVSI-CREATE-02 @must @notifications @backup
  Rule: The answer of CreateProject shows both URIs in its settings as they were given

    Scenario: The answer of a create shows the queue and the container
      Given a notification queue and a backup container
      When a project is created with both URIs
      Then the settings in the answer show the URIs that were given

  @CVSI-CREATE-03 @should
  Rule: CreateProject answers with a whole project document

    Scenario: The answer of a create is a whole project
      Given the storage that the profile claims
      When a project is created with its URIs
      Then the answer is a whole project document in JSON

  @CVSI-CREATE-04 @must @notifications
  Rule: The queue alone may be given

    Scenario: A project is created with a queue alone
      Given a notification queue
      When a project is created with the queue URI alone
      Then the answer is 200 with a project that has an id
      And the settings in the answer show the URIs that were given

    Scenario: A project with a queue alone is notified
      Given a project with only a notification queue
      When its training completes
      Then the queue holds a ConnectionTest message
      And the queue holds a Training message

  @CVSI-CREATE-05 @must @backup
  Rule: The container alone may be given

    Scenario: A project is created with a container alone
      Given a backup container
      When a project is created with the container URI alone
      Then the answer is 200 with a project that has an id
      And the settings in the answer show the URIs that were given

  @CVSI-CREATE-06 @must
  Rule: Both URIs are optional

    Scenario: A project is created without URIs
      Given no storage
      When a project is created without URIs
      Then the answer is 200 with a project that has an id
      And the settings in the answer show the URIs that were given
      And nothing is written to any queue or container

  @CVSI-CREATE-07 @should
  Rule: GetProject and the project list show the URIs that CreateProject was given

    Scenario: GetProject shows the URIs of a created project
      Given the storage that the profile claims
      When a project is created with its URIs
      Then GetProject shows the URIs that were given

    Scenario: The project list shows the URIs of a created project
      Given the storage that the profile claims
      When a project is created with its URIs
      Then the project list shows the URIs that were given

  @CVSI-CREATE-08 @may
  Rule: The JSON body of v3.4-preview is accepted like the guide's query parameters

    Scenario: A project is created with its URIs in a JSON body
      Given the storage that the profile claims
      When a project is created with its URIs in the v3.4-preview body
      Then the answer is 200 with a project that has an id
      And the settings in the answer show the URIs that were given
