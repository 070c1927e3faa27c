package customvision

import (
	"strings"
)

// settings are the settings of a project, in the recorded order of members. URIs that are not set are omitted,
// because the sizes of the recorded responses do not allow them.
type settings struct {
	DomainID                string          `json:"domainId"`
	ClassificationType      *string         `json:"classificationType"`
	TargetExportPlatforms   []string        `json:"targetExportPlatforms"`
	UseNegativeSet          bool            `json:"useNegativeSet"`
	DetectionParameters     *string         `json:"detectionParameters"`
	ImageProcessingSettings imageProcessing `json:"imageProcessingSettings"`
	ExportModelContainerURI string          `json:"exportModelContainerUri,omitempty"`
	NotificationQueueURI    string          `json:"notificationQueueUri,omitempty"`
}

type imageProcessing struct {
	AugmentationMethods augmentation `json:"augmentationMethods"`
}

// augmentation has the seven methods of the recordings, in their order.
type augmentation struct {
	Rotation       bool `json:"rotation"`
	Scaling        bool `json:"scaling"`
	Translation    bool `json:"translation"`
	HorizontalFlip bool `json:"horizontal flip"`
	Equalize       bool `json:"equalize"`
	Solarize       bool `json:"solarize"`
	PadToSquare    bool `json:"padtosquare"`
}

// projectChange is the body of an update. nil means that a member is not set.
type projectChange struct {
	Name        *string         `json:"name"`
	Description *string         `json:"description"`
	Settings    *settingsChange `json:"settings"`
	Status      *string         `json:"status"`
	// These belong into the settings.
	ExportModelContainerURI *string `json:"exportModelContainerUri"`
	NotificationQueueURI    *string `json:"notificationQueueUri"`
}

type settingsChange struct {
	DomainID                *string                `json:"domainId"`
	ClassificationType      *string                `json:"classificationType"`
	TargetExportPlatforms   *[]string              `json:"targetExportPlatforms"`
	ImageProcessingSettings *imageProcessingChange `json:"imageProcessingSettings"`
	ExportModelContainerURI *string                `json:"exportModelContainerUri"`
	NotificationQueueURI    *string                `json:"notificationQueueUri"`
}

type imageProcessingChange struct {
	AugmentationMethods map[string]bool `json:"augmentationMethods"`
}

// defaultSettings returns the settings of a project that is created with a name only (recorded).
func defaultSettings() settings {
	multilabel := "Multilabel"
	return settings{
		DomainID:              generalDomain,
		ClassificationType:    &multilabel,
		TargetExportPlatforms: []string{},
		UseNegativeSet:        true,
		ImageProcessingSettings: imageProcessing{
			augmentation{true, true, true, true, true, true, true},
		},
	}
}

func (s settings) domain() domain { return mustDomain(s.DomainID) }

// with returns a changed copy of the settings.
func (s settings) with(c *settingsChange) (settings, error) {
	if c == nil {
		return s, nil
	}
	for _, apply := range []func(*settingsChange) error{s.setDomain, s.setClassifier, s.setPlatforms, s.setAugmentation} {
		if err := apply(c); err != nil {
			return s, err
		}
	}
	assign(&s.ExportModelContainerURI, c.ExportModelContainerURI)
	assign(&s.NotificationQueueURI, c.NotificationQueueURI)
	return s, nil
}

func (s *settings) setDomain(c *settingsChange) error {
	if c.DomainID == nil {
		return nil
	}
	d, ok := findDomain(*c.DomainID)
	if !ok {
		return errUnknownDomain(*c.DomainID)
	}
	s.DomainID = d.ID
	return nil
}

// setClassifier also removes the classification type of a detection project.
func (s *settings) setClassifier(c *settingsChange) error {
	if s.domain().Type == objectDetection {
		s.ClassificationType = nil
		return nil
	}
	if c.ClassificationType == nil {
		return nil
	}
	name, ok := canonical(*c.ClassificationType, "Multiclass", "Multilabel")
	if !ok {
		return errUnknownClassifier(*c.ClassificationType)
	}
	s.ClassificationType = &name
	return nil
}

func (s *settings) setPlatforms(c *settingsChange) error {
	if c.TargetExportPlatforms == nil {
		return nil
	}
	platforms := make([]string, 0, len(*c.TargetExportPlatforms))
	for _, text := range *c.TargetExportPlatforms {
		name, ok := canonical(text, exportPlatforms()...)
		if !ok {
			return errTargetPlatform(text)
		}
		platforms = append(platforms, name)
	}
	s.TargetExportPlatforms = platforms
	return nil
}

func (s *settings) setAugmentation(c *settingsChange) error {
	if c.ImageProcessingSettings == nil {
		return nil
	}
	methods := s.ImageProcessingSettings.AugmentationMethods.byName()
	for name, on := range c.ImageProcessingSettings.AugmentationMethods {
		method, ok := methods[strings.ToLower(name)]
		if !ok {
			return errAugmentation(name)
		}
		*method = on
	}
	return nil
}

func (a *augmentation) byName() map[string]*bool {
	return map[string]*bool{
		"rotation": &a.Rotation, "scaling": &a.Scaling, "translation": &a.Translation,
		"horizontal flip": &a.HorizontalFlip, "equalize": &a.Equalize,
		"solarize": &a.Solarize, "padtosquare": &a.PadToSquare,
	}
}
